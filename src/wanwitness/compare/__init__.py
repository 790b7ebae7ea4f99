"""Two cases of one site, before and after something was changed: is it mended?

    tries        a case's sessions as tries to reach a relay that refused
    chance       how rare so few refusals are by chance, and how many tries it takes
    compare      two cases in, what can be said out
    catalogue    the sentences

Only the documents are read, so that cases are compared when their captures are long gone.
"""

from .compare import CaseComparison, RelayComparison, compare

__all__ = ["CaseComparison", "RelayComparison", "compare"]
