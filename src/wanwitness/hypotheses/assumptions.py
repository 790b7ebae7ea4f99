"""What is taken for granted when the explanations are weighed."""

from __future__ import annotations

from wanwitness.model.assumption import count, seconds, share

# episodes
RETRY_NS = seconds(
    3600, "Mail servers try again within the hour (RFC 5321 section 4.5.4.1 asks for at least 30 minutes)."
)

# decision
LEVEL = share(0.05, "An explanation is named only if both tests are as sure as this, over all explanations at once.")
FEWEST_EPISODES = count(20, "With 19 tries no turn of their series could be rare enough.")
FEWEST_REFUSED = count(3, "Fewer refusals tell nothing.")
FEWEST_ACCEPTED = count(3, "Fewer accepted tries tell nothing.")
FEWEST_RUNS = count(2, "One burst of refusals is one accident.")

# resampling
SERIES = count(
    9999,
    "The second test draws so many random series at most, and stops before where they have told enough "
    "(Besag and Clifford 1991).",
)

# conditions
MOST_VALUES = count(
    8,
    "Of computers, senders and host names so many are looked at, the most frequent: each is an explanation of its own.",
)

# turning
MOST_TURNS = count(
    999, "Of a longer series so many turns are drawn, where an explanation must be made anew for each of them."
)
