"""tshark reads a capture: an independent reader, whose dissectors share no line with ours.

It is asked for fields (`-T fields`), one pass a file. pyshark, which drives tshark too, takes its XML: of a lab's 3,900
frames that took 24 s, and this takes one.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import IO

from wanwitness.model import printable
from wanwitness.wrong_use import wrong

from .frame import OPT, DnsRecord, Frame

FIELDS = [
    "frame.number",
    "frame.time_epoch",
    "frame.protocols",
    "frame.section_number",
    "frame.interface_id",
    "sll.ifindex",
    "vlan.id",
    "ieee8021ad.id",
    "ip.src",
    "ipv6.src",
    "ip.dst",
    "ipv6.dst",
    "tcp.srcport",
    "udp.srcport",
    "tcp.dstport",
    "udp.dstport",
    "tcp.stream",
    "tcp.flags",
    "tcp.seq_raw",
    "tcp.len",
    "tcp.payload",
    "communityid",
    "dns.id",
    "dns.flags.response",
    "dns.qry.name",
    "dns.qry.type",
    "dns.resp.name",
    "dns.resp.type",
    "dns.resp.ttl",
    "dns.a",
    "dns.aaaa",
    "dns.cname",
    "dns.mx.mail_exchange",
    "dns.srv.target",
    "smtp.response.code",
    "smtp.req.command",
    "tls.record.content_type",
    "tls.handshake.extensions_server_name",
    "http.host",
    "frame.len",
    "frame.cap_len",
    "frame.comment",
]
GIVEN = [
    "dhcp.ip.your",
    "dhcp.ip.client",
    "dhcp.option.domain_name_server",
    "dhcp.option.router",
    "dhcp.option.subnet_mask",
    "dhcpv6.dns_server",
    "dhcpv6.iaaddr.ip",
    "dhcpv6.iaprefix.pref_addr",
    "ipcp.opt.ip_address",
    "ipcp.opt.pri_dns_address",
    "ipcp.opt.sec_dns_address",
    "icmpv6.opt.rdnss",
    "icmpv6.opt.prefix",
]
"""What a provider gives a link when it is set up."""
_BETWEEN = "\x1f"
"""Stands between the values of a field: no name or text has it, since tshark escapes what is not printable."""
_DATA = {1: "dns.a", 28: "dns.aaaa", 5: "dns.cname", 15: "dns.mx.mail_exchange", 33: "dns.srv.target"}
"""By a record's type, the field that has its data."""
_VERSION = re.compile(r"\d+\.\d+\.\d+")


class SecondReader:
    """tshark.

    Args:
        settings: an empty folder in place of the user's own, whose preferences and filters would change what is read.
        mail_ports: ports of the servers in the case, on which SMTP is dissected.

    Raises:
        UsageError: it is not installed.
    """

    def __init__(self, settings: Path, mail_ports: Collection[int] = ()) -> None:
        path = shutil.which("tshark")
        if path is None:
            raise wrong("verify-needs-tshark")
        self._command = [path, "-n"]
        self._environment = {**os.environ, "WIRESHARK_CONFIG_DIR": str(settings), "LC_ALL": "C.UTF-8", "TZ": "UTC"}
        self._mail = [f"tcp.port=={port},smtp" for port in sorted(mail_ports) if port not in (25, 465, 587)]
        self.version = self._version()

    def _version(self) -> str:
        done = subprocess.run([*self._command, "-v"], capture_output=True, check=False)  # noqa: S603 - as found on the path
        found = _VERSION.search(done.stdout.decode("utf-8", "replace"))
        return found[0] if found else "of an unknown version"

    def frames(self, file: Path, wanted: Collection[int]) -> Iterator[Frame]:
        """Yield every frame of a file, with the payload of those that are `wanted`.

        Raises:
            UsageError: tshark cannot read it.
        """
        command = [*self._command, "-r", str(file), "-T", "fields", "-E", "separator=/t", "-E", "occurrence=a"]
        command += ["-E", f"aggregator={_BETWEEN}", "--enable-protocol", "communityid"]
        command += ["-o", "tcp.reassemble_out_of_order:TRUE"]
        command += [part for decode in self._mail for part in ("-d", decode)]
        command += [part for field in (*FIELDS, *GIVEN) for part in ("-e", field)]
        with (
            tempfile.TemporaryFile() as errors,
            subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, env=self._environment) as running,  # noqa: S603
        ):
            assert running.stdout is not None
            none = True
            try:
                for line in running.stdout:
                    frame = _frame(line.decode("utf-8", "backslashreplace").rstrip("\n"), wanted)
                    if frame is not None:
                        none = False
                        yield frame
            finally:
                running.kill()
            if running.wait() not in (0, 2, -9) and none:
                raise wrong("tshark-cannot-read", file=file, said=_last_line(_all(errors)))

    def matching(self, file: Path, display_filter: str) -> list[int] | None:
        """Return the numbers of the frames that a display filter names; None where tshark does not take it."""
        command = [*self._command, "-r", str(file), "-T", "fields", "-e", "frame.number", "-Y", display_filter]
        done = subprocess.run(command, capture_output=True, check=False, env=self._environment)  # noqa: S603
        if done.returncode and not done.stdout:
            return None
        return [int(line) for line in done.stdout.split() if line.isdigit()]


def _all(file: IO[bytes]) -> bytes:
    file.seek(0)
    return file.read()


def _last_line(text: bytes) -> str:
    lines = text.decode("utf-8", "backslashreplace").strip().splitlines()
    return printable(lines[-1], 300) if lines else "it does not say why"


def _frame(line: str, wanted: Collection[int]) -> Frame | None:
    columns = line.split("\t")
    if len(columns) != len(FIELDS) + len(GIVEN):
        return None
    values = {name: column.split(_BETWEEN) if column else [] for name, column in zip(FIELDS, columns, strict=False)}
    number = int(columns[0])
    stream = values["tcp.stream"]
    flags, seq, length = (_numbers(values[name]) for name in ("tcp.flags", "tcp.seq_raw", "tcp.len"))
    payload = None
    if number in wanted:
        payload = bytes.fromhex(values["tcp.payload"][-1].replace(":", "")) if values["tcp.payload"] else b""
    return Frame(
        number,
        _nanoseconds(columns[1]),
        tuple(columns[2].split(":")),
        _first(values["frame.section_number"]),
        _first(values["frame.interface_id"]),
        _first(values["sll.ifindex"]),
        _numbers(values["vlan.id"] + values["ieee8021ad.id"]),
        tuple(values["ip.src"] + values["ipv6.src"]),
        tuple(values["ip.dst"] + values["ipv6.dst"]),
        _numbers(values["tcp.srcport"] + values["udp.srcport"]),
        _numbers(values["tcp.dstport"] + values["udp.dstport"]),
        int(stream[-1]) if stream else None,
        flags[-1] if flags else 0,
        seq[-1] if seq else 0,
        payload,
        length[-1] if length else 0,
        values["communityid"][-1] if values["communityid"] else None,
        _numbers(values["dns.id"]),
        any(value in ("1", "True") for value in values["dns.flags.response"]),
        tuple(map(_name, values["dns.qry.name"])),
        _numbers(values["dns.qry.type"]),
        _records(values),
        _numbers(values["smtp.response.code"]),
        tuple(value.upper() for value in values["smtp.req.command"]),
        bool(values["tls.record.content_type"]),
        frozenset(map(_name, values["tls.handshake.extensions_server_name"] + values["http.host"])),
        values["frame.cap_len"] != values["frame.len"],
        frozenset(value for column in columns[len(FIELDS) :] if column for value in column.split(_BETWEEN)),
        columns[len(FIELDS) - 1] or None,
    )


def _records(values: dict[str, list[str]]) -> tuple[DnsRecord, ...]:
    """Put owner, type, TTL and data of each record together; each is a column of its own."""
    data = {name: iter(values[name]) for name in _DATA.values()}
    kept = [(owner, kind) for owner, kind in zip(values["dns.resp.name"], values["dns.resp.type"], strict=False)]
    ttls = iter(values["dns.resp.ttl"])
    records = []
    for owner, kind in kept:
        if kind == OPT or not kind.isdigit():
            continue
        ttl, field = next(ttls, None), _DATA.get(int(kind))
        value = next(data[field], None) if field is not None else None
        value = _name(value) if value is not None and field not in ("dns.a", "dns.aaaa") else value
        records.append(DnsRecord(_name(owner), int(kind), None if ttl is None else int(ttl), value))
    return tuple(records)


def _name(text: str) -> str:
    """A name as the case has it: lower case, without the final dot."""
    return text.lower().rstrip(".")


def _nanoseconds(text: str) -> int:
    """Seconds since the epoch with a fraction, in whole nanoseconds; -1 where tshark knows no time."""
    whole, _, fraction = text.partition(".")
    try:
        ns = int(fraction[:9].ljust(9, "0"))
        return int(whole) * 1_000_000_000 + (-ns if whole.startswith("-") else ns)
    except ValueError:
        return -1


def _first(values: Sequence[str]) -> int | None:
    return int(values[0], 0) if values else None


def _numbers(values: Sequence[str]) -> tuple[int, ...]:
    return tuple(int(value, 0) for value in values)
