"""TCP's flags as they stand in the header (RFC 9293 section 3.1)."""

FIN, SYN, RST, PSH, ACK = 0x01, 0x02, 0x04, 0x08, 0x10
