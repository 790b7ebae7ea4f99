"""What the user says of the site, and which captures it speaks of.

reader         reads site.toml (`load`)
schema         its tables and keys, with a parser each from values and addresses; refusals: those of [[rule]]
checks         what must hold between tables
captures       which files its rules mean
locate         the lines that tomllib does not tell, for errors
draft          the site file that captures themselves show; toml: its lines
"""

from .captures import captures_of, missing_of, rules_for
from .draft import draft
from .reader import load

__all__ = ["captures_of", "draft", "load", "missing_of", "rules_for"]
