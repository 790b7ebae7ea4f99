"""Which explanation is true: episodes, rivals, two tests that keep the bursts of refusals, and what they say."""

from .act import Act, Watched
from .conclusion import Conclusion, conclude
from .events import acts_of_events
from .hypothesis import Hypothesis
from .sentence import Sentence
from .weigh import Weighed, weigh

__all__ = ["Act", "Conclusion", "Hypothesis", "Sentence", "Watched", "Weighed", "acts_of_events", "conclude", "weigh"]
