"""TLS opened with its keys: mail streams in, the same streams out, with what was said inside.

    key_log   the lines that clients and servers write of their keys, checked
    tshark    opens the records, and says which frame each piece of text ended in
    follow    what tshark writes of a connection
    replay    a connection told once more to the SMTP parser: what was in the clear, then what was inside
    unlock    all of that for the streams of a case

tshark is asked directly. pyshark, which drives it too, gives a packet's fields and not a connection's bytes in their
order, and of 3,900 frames its XML takes 24 s.

Keys stay in the key log, and in a temporary file that only this user can read: none enters a case or its evidence.
"""

from .key_log import KeyLog, read_key_logs
from .tshark import Tshark
from .unlock import Unlocked, unlock

__all__ = ["KeyLog", "Tshark", "Unlocked", "read_key_logs", "unlock"]
