"""What is taken for granted of clocks."""

from __future__ import annotations

from wanwitness.model.assumption import count, number, seconds, share

# align
QUIET_ENDS_NS = seconds(60, "Captures of one time may see nothing for so long at their ends.")

# dns_offsets
MOST_QUESTIONS = count(
    300,
    "Questions looked at on each side: enough to be sure, and few enough for every pair of them.",
)
MOST_DRIFTING = count(40, "Questions looked at where the clock may drift while they are put.")
ENOUGH_AGREE = count(3, "Upstream questions that must agree on an offset that is not nothing.")
NEAR_NS = seconds(0.1, "Offsets closer together than this are one candidate; a forwarder's delay is less.")
FEW_TOLD_NS = seconds(0.005, "By so much an offset that few questions told may be wrong.")
BLOCK_NS = seconds(10, "What is put within this time is looked at together.")
MOST_PAIRS = count(30_000, "Pairs looked at on the search for an offset, about.")
MOST_NEAR = count(
    256,
    "An upstream question that may have been put for more of the clients' than this, as far as the offset is known, "
    "was put in a flood of one question, and tells no more of the offset.",
)
PATIENT_LOOKS = count(
    16,
    "So many looks for an offset may be in vain before each is taken twice as far on as the one before.",
)
LOST_AFTER = count(
    5,
    "So many upstream questions in a row without a client's at the offset followed show that it holds no more.",
)

# feasible_lines
MAX_DRIFT = number(
    500e3,
    "ns/s",
    "Crystals err by up to 100 ppm each, and the kernel slews by at most 500 ppm (ntp_adjtime(2)).",
)
KEPT_DRIFT = number(
    10e3,
    "ns/s",
    "The same, of clocks that agree: one machine's, or machines that are kept to one time.",
)
STAMP_NS = seconds(
    1e-06,
    "Most captures count whole microseconds, so that a difference of two times may be wrong by one.",
)
WANDER = number(
    1e3,
    "ns/s",
    "By so much drift may have changed where nothing was seen: temperature moves a crystal by about 1 ppm.",
)
MOSTLY_APART = share(
    0.9,
    "What lies between two bounds that are so far apart, of all that was seen, was not seen to be straight.",
)
ONE_SIDED_NS = seconds(
    0.001,
    "Without bounds from one side, the least delay on the other is taken to be no longer than this.",
)

# fit
DISORDER_NS = seconds(0.05, "Captures write packets down in order of time, but for so much.")

# line_fit
SAMPLED_BOUNDS = count(
    300,
    "Bounds of a run, from above and from below each, that are looked at to find the line that the fewest contradict.",
)
PLAINLY_NEARER = count(4, "A bound belongs plainly to one of two lines if it is so many times nearer to it.")
AGREED_NS = seconds(0.005, "Clocks that have nothing to do with each other do not agree so closely by chance.")

# outliers
CONTRADICTING_RUN = count(
    6,
    "A line ends where so many successive bounds of one direction contradict it, or most of the last few.",
)
CONTRADICTING = share(
    0.75,
    "A line ends where so many successive bounds of one direction contradict it, or most of the last few.",
)
FEWEST = count(
    3,
    "Bounds from above, and from below, that make a stretch; fewer that contradict the others are strays.",
)
MOST_HALVINGS = count(
    80,
    "Halvings, about, of the drift's range: what is left is a double's last bits, however far off a time stamp is.",
)

# peeling
MOST_TOGETHER = count(32, "Successive bounds of one direction, at most, that are looked at together.")
WRONG_UNSEEN = count(
    2,
    "So many of a group may be wrong unseen, but no more than a third, and as many more as were seen to be.",
)
