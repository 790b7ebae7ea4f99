"""What a rotation, or a tool that cuts captures, adds to a file's name: numbers, dates, times, names of days, letters.

A name alone proves nothing (`wan-1.pcap` and `wan-2.pcap` may be two links or two pieces of one): which files are one
capture point is told by what they hold (`sets.py`); names only say which of them are worth a comparison.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import PurePath

_COMPRESSED = re.compile(r"(?i)\.(gz|xz|bz2|zst|lz4)$")
_SUFFIX = re.compile(r"(?i)\.(pcap|pcapng|cap|dmp|dump|ntar)(\d*|[-_.]?\d+)$")
"""tcpdump -C numbers behind the suffix, logrotate behind a dot."""
_SURE = re.compile(
    r"_\d{5}(_\d{14})?$"  # dumpcap -b, editcap -c and -i
    r"|[-_.]\d{4}-?\d{2}-?\d{2}([-_T.]?\d{2}[-_:.]?\d{2}([-_:.]?\d{2})?Z?)?$"
    r"|[-_.]\d{10}$"  # tcpdump -G with %s
)
"""What nobody writes but a rotation."""
_DAYS = (
    "mon|tue|wed|thu|fri|sat|sun|tues|thur|thurs|monday|tuesday|wednesday|thursday|friday|saturday|sunday"
    "|lun|mar|mer|jeu|ven|sam|dim|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche"
    "|jan|feb|apr|may|jun|jul|aug|sep|oct|nov|dec"
)
_WORDS = f"log|part|pt|file|seg|segment|chunk|split|piece|day|copy|bak|old|am|pm|utc|cet|cest|gmt|{_DAYS}"
_PIECE = rf"(?:\d+(?:[hmstzw]\d*)*|\d+of\d+|[a-z]|[a-z]{{2}}(?<=a[a-z])|[hmst]?\d+|(?:{_WORDS})\d*)"
"""A number, a time (`22h13`, `14T22`), a letter or split's `aa`, or a word that only counts."""
_LAST = re.compile(rf"(?i)[-_. :+,~#(\[]+{_PIECE}[)\]]?$")
_FIRST = re.compile(rf"(?i)^\(?{_PIECE}\)?[-_. :+,]+(?=.)")


@lru_cache(1 << 14)
def bare(path: str) -> str:
    """Return a file's name without suffixes.

    >>> bare("captures/wan1.pcap.gz"), bare("lan.pcap7"), bare("lan.pcapng.2"), bare("wan1.0")
    ('wan1', 'lan', 'lan', 'wan1.0')
    """
    name = _COMPRESSED.sub("", PurePath(path).name)
    return _SUFFIX.sub("", name) or name


def stem(path: str) -> str:
    """Return a file's name without suffixes, and without the running number and date of a rotated set.

    >>> stem("captures/wan1.pcap"), stem("office_00003_20121121143000.pcapng.gz"), stem("wan1.1700000000.pcap")
    ('wan1', 'office', 'wan1')
    """
    name = bare(path)
    return _SURE.sub("", name) or name


@lru_cache(1 << 14)
def names(path: str) -> tuple[str, ...]:
    r"""Return what a set may be called that the file is of: its name with ever more left out, the likeliest first.

    >>> names("wan1-2023-11-14.pcap")
    ('wan1-2023-11-14', 'wan1', 'wan1-2023-11', 'wan1-2023')
    >>> names("20231114-wan1 (1).pcap")[-1], names("wan1-part1.pcap")[-1], names("wan1-mon.pcap")[-1]
    ('wan1', 'wan1', 'wan1')
    """
    name = bare(path)
    found = [name, stem(path)]
    for pattern in (_LAST, _FIRST):
        while (shorter := pattern.sub("", name, count=1)) != name and shorter:
            name = shorter
            found.append(name)
    return tuple(dict.fromkeys(found))
