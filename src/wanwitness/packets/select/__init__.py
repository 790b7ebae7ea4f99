"""Which frames anybody needs: mail wherever it is spoken, DNS, and what tells of hosts and links.

prefilter      spares the decoding of most frames that nobody wants
held_syns      handshakes of flows that nobody has asked for yet
client_hello   the server's name in TLS; public_resolvers: those that speak DNS over HTTPS
selector       the wanted packets of a window
"""

from .prefilter import Prefilter
from .selector import Selector

__all__ = ["Prefilter", "Selector"]
