"""Refusals: why a server refused, and how a link may be to blame for it.

rules.toml, providers.toml    the rules, in order, and the mail providers; table reads them
fold           a reply as plain words, so that one pattern finds it however it is written
server         what is known of the server but its words
classify       the rules applied ─► a cause
blame          how a link may be to blame for it
"""

from .blame import blame_of
from .classify import classify, provider_of, telling
from .server import Server

__all__ = ["Server", "blame_of", "classify", "provider_of", "telling"]
