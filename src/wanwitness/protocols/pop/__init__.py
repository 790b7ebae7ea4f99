"""POP3 (RFC 1939): whether somebody logged in."""

from .login import PopLogIn

__all__ = ["PopLogIn"]
