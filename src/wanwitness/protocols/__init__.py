"""Stage 4: bytes become rows. Each protocol is free of I/O; `reading` gives them each capture point's packets.

smtp           dialogues: commands with their replies, messages' headers; dsn: delivery reports in them
dns            questions with their answers; encrypted: DNS that cannot be read; unkept_uses: beyond its bound
pop, imap      log-ins to mailboxes: mailbox; retrieval: mails that are fetched
tls, quic, http      the server's name that a client asks for: visits
dhcp, ppp, advertisement   what providers and routers give: provisions
neighbours, senders  which addresses have which MACs
lines, broken  lines out of pieces; a message that contradicts itself
"""
