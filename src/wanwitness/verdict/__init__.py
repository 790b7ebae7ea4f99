"""Stage 6: what the evidence says. Pure functions over rows; each names the rows, and so the frames, that it used."""

from .contradictions import Contradiction, contradictions
from .judge import judge
from .nearest import Nearest
from .relays import Relays

__all__ = ["Contradiction", "Nearest", "Relays", "contradictions", "judge"]
