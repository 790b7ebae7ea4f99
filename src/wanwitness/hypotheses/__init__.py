"""Which explanation is true: episodes, rivals, two tests that keep the bursts of refusals, and what they say.

attempt, attempts    a session as far as explanations look at it; which sessions count
act, acts, moment    what people did meanwhile that may have helped: log-ins, visits, events
conditions           the rival explanations, each as a condition of every attempt
episodes             which attempts are evidence of their own
evidence, runs, turning, resampling, exact, within, mending    the tests
decision             which explanations are named, explained away, tied
weigh, weigh_case    sessions in, a row an explanation out ─► hypothesis
readings, conclusion, catalogue      what is said of them: sentences by template
"""

from .act import Act, Watched
from .acts import acts_of
from .conclusion import Conclusion, conclude
from .hypothesis import Hypothesis
from .weigh import Weighed, weigh, weigh_tried
from .weigh_case import weigh_case

__all__ = [
    "Act",
    "Conclusion",
    "Hypothesis",
    "Watched",
    "Weighed",
    "acts_of",
    "conclude",
    "weigh",
    "weigh_case",
    "weigh_tried",
]
