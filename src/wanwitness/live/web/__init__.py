"""A page to watch a live run by, in a process of its own: it reads the journal, and changes nothing.

    board     what the journal says now, bounded
    app       pages, their updates (server-sent events), metrics
    guard     who may read: this machine alone, or whoever has the token, under names that are ours
    serve     the process

The page's script is htmx (static/, Zero-Clause BSD), as it is released; nothing of it is evaluated from text, and the
Content-Security-Policy admits no other.
"""
