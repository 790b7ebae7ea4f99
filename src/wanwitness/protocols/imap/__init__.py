"""IMAP (RFC 9051): whether somebody logged in."""

from .login import ImapLogIn

__all__ = ["ImapLogIn"]
