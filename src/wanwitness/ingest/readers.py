"""The formats that are read."""

from __future__ import annotations

from .pcap import PcapReader
from .pcapng import PcapngReader
from .reader import Reader

READERS: list[type[Reader]] = [PcapReader, PcapngReader]
"""The first whose `detect` says yes reads the file. To read one more format, write its reader and add it here."""
