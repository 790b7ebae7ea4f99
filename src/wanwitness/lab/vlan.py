"""A link in a VLAN, on a kernel without VLAN devices: BPF programs at both ends push and pop the tag."""

from __future__ import annotations

import ctypes
import os
import platform
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from . import namespaces, state
from .errors import LabError
from .programs import path_of

_BPF = {"x86_64": 321, "aarch64": 280}
"""The number of the system call."""
_PROG_LOAD, _OBJ_PIN, _SCHED_CLS = 5, 6, 3
_VLAN_PUSH, _VLAN_POP = 18, 19
_MOVE, _CALL, _EXIT = 0xB7, 0x85, 0x95
_libc = ctypes.CDLL(None, use_errno=True)


def _instruction(code: int, register: int = 0, value: int = 0) -> bytes:
    return struct.pack("=BBhi", code, register, 0, value)


def push_program(number: int) -> bytes:
    """Return a program that puts a packet into a VLAN: skb_vlan_push(skb, htons(0x8100), number)."""
    protocol = struct.unpack("=H", struct.pack("!H", 0x8100))[0]
    moves = _instruction(_MOVE, 2, protocol) + _instruction(_MOVE, 3, number)
    return moves + _instruction(_CALL, value=_VLAN_PUSH) + _instruction(_MOVE) + _instruction(_EXIT)


def pop_program() -> bytes:
    """Return a program that takes a packet out of its VLAN."""
    return _instruction(_CALL, value=_VLAN_POP) + _instruction(_MOVE) + _instruction(_EXIT)


@contextmanager
def tagged(number: int, *ends: tuple[str, str]) -> Iterator[None]:
    """Let what runs between interfaces (each a namespace and a name) be in a VLAN while entered."""
    folder = _file_system()
    programs = {"egress": folder / f"push{number}", "ingress": folder / "pop"}
    _load(push_program(number), programs["egress"])
    _load(pop_program(), programs["ingress"])
    tc = path_of("tc")
    done: list[tuple[str, str]] = []
    try:
        for name, interface in ends:
            namespaces.execute([tc, "qdisc", "add", "dev", interface, "clsact"], name=name)
            done.append((name, interface))
            for way, program in programs.items():
                words = f"filter add dev {interface} {way} bpf direct-action object-pinned {program}"
                namespaces.execute([tc, *words.split()], name=name)
        yield
    finally:
        for name, interface in done:
            namespaces.execute([tc, "qdisc", "del", "dev", interface, "clsact"], name=name)


def _file_system() -> Path:
    """Mount the file system for BPF programs below the lab's state, where no namespace hides it."""
    folder = state.folder("bpf")
    if not os.path.ismount(folder):
        namespaces.execute(["mount", "-t", "bpf", "bpf", str(folder)])
        state.note_mount(folder)
    return folder


def _load(program: bytes, path: Path) -> None:
    if path.exists():
        return
    code, licence, name = (ctypes.create_string_buffer(each) for each in (program, b"GPL", str(path).encode()))
    words = struct.pack("=IIQQ", _SCHED_CLS, len(program) // 8, ctypes.addressof(code), ctypes.addressof(licence))
    descriptor = _bpf(_PROG_LOAD, words)
    try:
        _bpf(_OBJ_PIN, struct.pack("=QI", ctypes.addressof(name), descriptor))
    finally:
        os.close(descriptor)


def _bpf(command: int, words: bytes) -> int:
    number = _BPF.get(platform.machine())
    if number is None:
        raise LabError(f"the VLAN scenarios do not know this machine: {platform.machine()}")
    attributes = ctypes.create_string_buffer(words.ljust(128, b"\0"), 128)
    result: int = _libc.syscall(number, command, attributes, 128)
    if result < 0:
        raise LabError(f"this kernel does not take the VLAN programs: {os.strerror(ctypes.get_errno())}")
    return result
