"""The ports of the protocols that more than one room looks for."""

MAIL_PORTS = frozenset((25, 465, 587, 2525))
"""SMTP (RFC 5321), submission over TLS (RFC 8314), submission (RFC 6409), and the port in use where 25 is closed."""
POP_PORTS = (110, 995)
"""POP3 (RFC 1939), and over TLS (RFC 8314)."""
IMAP_PORTS = (143, 993)
"""IMAP (RFC 9051), and over TLS (RFC 8314)."""
MAILBOX_TLS_PORTS = (993, 995)
MAILBOX_PORTS = POP_PORTS + IMAP_PORTS
HTTP_PORTS = (80, 3128, 8080)
"""HTTP (RFC 9110), and where proxies listen."""
HTTPS_PORT = 443
"""HTTP over TLS (RFC 9110), and HTTP/3 over QUIC (RFC 9114)."""
DNS_PORT = 53
"""RFC 1035."""
NAME_PORTS = (DNS_PORT, 853)
"""DNS (RFC 1035), and DNS over TLS or QUIC (RFC 7858, RFC 9250)."""
DHCP_PORTS = (67, 68, 546, 547)
"""DHCP for IPv4 (RFC 2131, section 4.1) and IPv6 (RFC 8415, section 7.2)."""
L2TP_PORT = 1701
"""RFC 2661, section 8.1."""
TUNNEL_PORTS = (L2TP_PORT, 4754, 4789, 4790, 6081, 6635, 8472, 37008)
"""UDP ports that L2TP, GRE, VXLAN, VXLAN-GPE, GENEVE, MPLS, Linux's VXLAN and TZSP are sent to (`tunnels.PORTS`)."""
