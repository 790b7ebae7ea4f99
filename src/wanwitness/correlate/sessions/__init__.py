"""Sessions across the router, seen on both sides of it or on one."""
