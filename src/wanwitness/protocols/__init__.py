"""Stage 4: bytes become rows. Each protocol is free of I/O; `reading` gives them each capture point's packets."""
