"""Which side of the router each capture point saw, which are one link, and which addresses are one host."""
