"""Stage 4: bytes become rows. Each protocol is free of I/O; `point.py` gives one capture point's packets to them."""
