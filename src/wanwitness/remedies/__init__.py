"""What to do about a cause, on the router that the site has, and how to capture there.

    routers/    a file for each family of routers: their settings, in English, each with where it is told
    router      a family, and which one a model is of
    catalogue   their sentences, by which other languages say them
    remedy      a cause, a relay and a router in; what to try out

Nothing here is guessed of a router: what its maker's or its community's documentation does not tell is not in its file.
To add a family, write its file and its translations (`python -m tests.catalogues` lists them).
"""

from .remedy import Aim, Cause, remedies
from .router import Family, families, family_of

__all__ = ["Aim", "Cause", "Family", "families", "family_of", "remedies"]
