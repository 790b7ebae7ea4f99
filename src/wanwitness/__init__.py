"""wanwitness: which resolver's link gave an SMTP session its address, and which link it left by."""
