"""What befalls captures, as sentences: coverage.jsonl, the journal and the page have them, and people are told of them.

None has another within it, so that whoever reads coverage.jsonl can tell which it is (`language.retold`).
"""

from __future__ import annotations

from wanwitness.language import Catalogue

sentence = Catalogue(
    "live",
    {
        # The run, and its machine.
        "capture-not-running": "wanwitness live was not running",
        "capture-trouble": "capturing: {why}",
        "capture-clock-forward": "the clock was set forward by {by:.3f} s",
        "capture-clock-back": "the clock was set back by {by:.3f} s",
        # Interfaces.
        "capture-interface-up": "{interface} is up",
        "capture-interface-down": "{interface} is down",
        "capture-interface-gone": "{interface} is gone",
        "capture-interface-anew": "{interface} was deleted and made anew",
        "capture-was-down": "{interface} was down",
        "capture-was-gone": "{interface} was gone",
        "capture-silent": "no traffic seen on {interface} for {length:duration}",
        "capture-traffic-again": "there is traffic on {interface} again",
        "capture-stuck": "what captures {interface} has not got on for {length:duration}: verdicts wait for it",
        "capture-caught-up": "what captures {interface} gets on again",
        # Programs, and their files.
        "capture-ended": "{program} ended, and was started again",
        "capture-ended-of": "{why}, and was started again",
        "capture-died": "{program} on {interface} ended; it is started again",
        "capture-died-of": "{program} on {interface} ended ({why}); it is started again",
        "capture-killed": "{program} did not end and was killed: what it had captured last is lost",
        "capture-not-started": "{program} on {interface} cannot be started ({why})",
        "capture-lost": ("{n} packet was lost", "{n} packets were lost"),
        "capture-file-begun": "{file} was begun",
        "capture-file-ended": "{file} was ended",
        # Pipes.
        "capture-pipe-again": "{pipe} is written to again",
        "capture-pipe-end": "{pipe} came to its end",
        "capture-pipe-had-ended": "{pipe} had come to its end",
        "capture-copy-ended": "what copied {pipe} was ended",
        "capture-pipe-left": "{pipe} is not read on: what copied it was ended",
        "capture-pipe-left-of": "{pipe} is not read on: what copied it was ended ({why})",
        "capture-copy-not-begun": "{pipe} is not read on: dumpcap cannot be started ({why})",
        # What is kept.
        "capture-deleted-old": "{file} was deleted: it is older than --keep says",
        "capture-deleted-large": "{file} was deleted: the captures are larger than --max-disk says",
        "capture-deleted-full": "{file} was deleted: the disk is full",
        "capture-deleted-kept": "{file} was deleted: what is kept of refused sessions is too large",
        "capture-not-deleted": "{file} cannot be deleted ({why})",
        "capture-not-kept": "of {file} nothing is kept ({why})",
        "capture-hole": "nothing of this time was kept",
    },
)
