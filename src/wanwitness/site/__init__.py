"""What the user says of the site, and which captures it speaks of.

`load` reads site.toml. `locate` finds the lines that tomllib does not tell, `schema` lists the tables and keys with
a parser each from `values` and `addresses`, `checks` lists what must hold between tables, and `captures` follows the
rules to files.
"""

from .captures import captures_of, rules_for
from .reader import load

__all__ = ["captures_of", "load", "rules_for"]
