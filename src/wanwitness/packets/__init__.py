"""Stage 2: frames become packets, vectorised; what could not be understood is told, and only what is wanted is kept.

`decode.py` goes up through the layers: `link.py`, `network.py`, `transport.py`, each over a whole window's columns;
`layouts.py` holds the headers as data. `select.py` keeps what the later stages want.
"""

from .decode import decode
from .left_out import LeftOut
from .packets import ARP, Packets
from .select import Selector

__all__ = ["ARP", "LeftOut", "Packets", "Selector", "decode"]
