"""Which LAN and WAN streams are one connection (record linkage).

by_sequence    sequence numbers, which NAT keeps, or shifts by one amount a direction
by_tls_random  the randoms of TLS, which nothing on the way changes
by_dialogue    the words of a dialogue, which a proxy repeats
by_handshake   what is left to compare of an opening
drawn_numbers  which first sequence numbers were drawn at random, so that who shares one is one connection
identifiers    IP's Identification and flow label
assignment, bipartite    of candidates, the pairs that contradict nothing; what else is possible
opener         who chose the destination: the client or the router
pairing        all keys, the surest first ─► pair
"""
