"""Sessions across the router, seen on both sides of it or on one.

sessions       pairs and single streams ─► sessions
directions     outbound, inbound, internal, or the router's own
one_sided      who opened what only a link shows
listed, uncounted    of very many connections without a word, which become sessions; the others, counted
stream_ref     a stream by the names that other tools know it by
"""
