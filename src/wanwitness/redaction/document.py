"""case.json with other names and addresses."""

from __future__ import annotations

import base64
import hashlib
import re
import shlex
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from ipaddress import ip_address
from pathlib import PurePath, PureWindowsPath
from typing import Any

Mask = Callable[[str], str]
_TCP = 6
_TIME = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z")
_AS_IT_IS = frozenset(("sha256", "schema", "analysed_at"))
_STREAMS = ("lan_stream", "wan_stream", "return_stream")
_FOLDERS = re.compile(r"""(?<![\w.:/~])(?:~|\.{0,2})/(?:[^\s/:"']+/)*""")
"""The folders of a path that says where it begins: what servers say has addresses of pages, which do not."""
_OPERAND = re.compile(r"(?P<head>(?:--[a-z-]+=)?(?:[^=/\\]+=)?)(?P<path>.*[/\\].*)")


def mask_document(document: Mapping[str, Any], mask: Mask, ids: Mapping[str, str]) -> dict[str, Any]:
    """Return a case document with every text in it masked.

    Sessions get ids by their order: theirs are hashes of addresses, of which there are few enough to try them all. So
    are Community IDs, which are made of the masked addresses. Of paths the file's name is left.

    Args:
        document: it.
        mask: masks a text.
        ids: the sessions' new ids, by the old.
    """
    folders = _folders(document)

    def beside(text: str) -> str:
        return mask(_FOLDERS.sub("", folders.sub("", text)))

    masked: dict[str, Any] = {
        key: part if key in _AS_IT_IS else _masked(part, mask if key == "sessions" else beside)
        for key, part in document.items()
    }
    masked["redacted"] = True
    masked["tool"]["command_line"] = mask(_without_folders(document["tool"]["command_line"]))
    if masked["site"]:
        masked["site"]["name"] = None
    names = _file_names([capture["path"] for capture in document["captures"]])
    for row, capture in zip(masked["captures"], document["captures"], strict=True):
        row["path"] = mask(names[capture["path"]])
    for row, session in zip(masked["sessions"], document["sessions"], strict=True):
        row["id"] = ids[session["id"]]
        for side in _STREAMS:
            if row[side] is not None:
                row[side]["community_id"] = _community_id(row, side)
    return masked


def _masked(value: Any, mask: Mask) -> Any:
    if isinstance(value, str):
        return value if _TIME.fullmatch(value) else mask(value)
    if isinstance(value, list | tuple):
        return [_masked(part, mask) for part in value]
    if isinstance(value, dict):
        return {mask(key): part if key in _AS_IT_IS else _masked(part, mask) for key, part in value.items()}
    return value


def _community_id(session: Mapping[str, Any], side: str) -> str:
    """The Community ID of a stream (github.com/corelight/community-id-spec), by the addresses that its filter names."""
    found = re.findall(r"(?:ip|ipv6)\.addr == (\S+)|tcp\.port == (\d+)", session[side]["tshark_filter"])
    hosts, ports = [ip for ip, _ in found if ip][:2], [int(port) for _, port in found if port][:2]
    (low, low_port), (high, high_port) = sorted(
        (ip_address(ip).packed, port) for ip, port in zip(hosts, ports, strict=True)
    )
    content = b"\0\0" + low + high + bytes((_TCP, 0)) + low_port.to_bytes(2) + high_port.to_bytes(2)
    return "1:" + base64.b64encode(hashlib.sha1(content, usedforsecurity=False).digest()).decode()


def _folders(document: Mapping[str, Any]) -> re.Pattern[str]:
    """The folders that the command line names, whose names would tell of the site elsewhere too: in notes, say."""
    try:
        words = shlex.split(document["tool"]["command_line"])
    except ValueError:
        words = []
    paths = [match["path"] for word in words if (match := _OPERAND.fullmatch(word))]
    paths += [f"{word}/" for word in words if not word.startswith("-")]
    heads = {
        path.rpartition("/")[0] for path in (*paths, *(row["path"] for row in document["captures"])) if "/" in path
    }
    named = sorted(filter(None, heads), key=len, reverse=True)
    return re.compile("|".join(rf"(?<![\w./-]){re.escape(head)}/" for head in named) or r"(?!)")


def _file_names(paths: Iterable[str]) -> dict[str, str]:
    """Each file's name; where several have one, with a number for the folder."""
    names = {path: _name(path) for path in dict.fromkeys(paths)}
    several = {name for name, n in Counter(names.values()).items() if n > 1}
    return {path: f"{n}/{name}" if name in several else name for n, (path, name) in enumerate(names.items(), 1)}


def _name(path: str) -> str:
    """A file's name without the folders it is in, which tell whose computer it is on."""
    return PureWindowsPath(path).name if "\\" in path else PurePath(path).name or path


def _without_folders(command_line: str) -> str:
    try:
        words = shlex.split(command_line)
    except ValueError:
        return _name(command_line)
    matches = [(word, _OPERAND.fullmatch(word)) for word in words]
    return shlex.join(word if match is None else f"{match['head']}{_name(match['path'])}" for word, match in matches)
