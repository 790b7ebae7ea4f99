"""PPP's control protocols: what a provider gives when a link is dialled, free of I/O."""

from .ipcp import Ipcp

__all__ = ["Ipcp"]
