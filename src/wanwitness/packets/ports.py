"""The ports of the protocols that more than one room looks for."""

MAIL_PORTS = frozenset((25, 465, 587, 2525))
"""SMTP (RFC 5321), submission over TLS (RFC 8314), submission (RFC 6409), and the port in use where 25 is closed."""
DNS_PORT = 53
"""RFC 1035."""
