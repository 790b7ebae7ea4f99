"""Which explanation is true: episodes, rivals, two tests that keep the bursts of refusals, and what they say."""

from .act import Act, Watched
from .acts import acts_of
from .conclusion import Conclusion, conclude
from .hypothesis import Hypothesis
from .weigh import Weighed, weigh

__all__ = ["Act", "Conclusion", "Hypothesis", "Watched", "Weighed", "acts_of", "conclude", "weigh"]
