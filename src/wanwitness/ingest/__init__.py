"""Stage 1: the bytes of a capture file become windows of frames (numpy columns).

`capture_file.py` reads the stream in chunks and hands out windows; `readers.py` lists the formats; each format is one
file that walks from record to record (`walk`, a plain loop, which a faster one may replace) and then reads the records'
headers all at once (`frames`).
"""

from .capture_file import CaptureFile
from .frames import Frames

__all__ = ["CaptureFile", "Frames"]
