"""What the user says of the site, and which captures it speaks of.

`load` reads site.toml. `locate` finds the lines that tomllib does not tell, `schema` lists the tables and keys with
a parser each from `values` and `addresses`, `checks` lists what must hold between tables, and `captures` follows the
rules to files; `refusals` has the parsers of `[[rule]]`. `draft` writes the one that captures themselves show, and
`toml` its lines.
"""

from .captures import captures_of, missing_of, rules_for
from .draft import draft
from .reader import load

__all__ = ["captures_of", "draft", "load", "missing_of", "rules_for"]
