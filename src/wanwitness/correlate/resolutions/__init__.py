"""Which answer gave each session its address, and by which link that came."""

from .assumptions import FORWARDER_PATIENCE_NS
from .relevant import choose
from .resolve import Resolver

__all__ = ["FORWARDER_PATIENCE_NS", "Resolver", "choose"]
