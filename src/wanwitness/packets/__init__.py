"""Stage 2: frames become packets, vectorised; what could not be understood is told, and only what is wanted is kept.

`decode.py` goes up through the layers: `link.py`, `network.py`, `transport.py`, and `tunnels.py` down again, each over
a whole window's columns; `layouts.py` holds the headers as data. `whole.py` puts IP fragments together. `select.py`
keeps what the later stages want, and `sieve.py` spares the decoding of most that they do not.
"""

from wanwitness.packets.decode.decoder import Decoder, decode
from wanwitness.packets.select.prefilter import Sieve
from wanwitness.packets.select.selector import Selector

from .left_out import LeftOut
from .packets import ARP, IPCP, Packets

__all__ = ["ARP", "IPCP", "Decoder", "LeftOut", "Packets", "Selector", "Sieve", "decode"]
