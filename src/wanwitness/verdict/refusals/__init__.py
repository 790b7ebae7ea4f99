"""Refusals: why a server refused, and how a link may be to blame for it."""

from .blame import blame_of
from .classify import classify, provider_of, telling
from .server import Server

__all__ = ["Server", "blame_of", "classify", "provider_of", "telling"]
