"""What a run, the watching page and alerts say, as templates with named places; of captures: `capture/sentences.py`."""

from __future__ import annotations

from wanwitness.language import Catalogue

SAY = Catalogue(
    "live",
    {
        # What a run tells people.
        "live-last-unjudged": "what was captured last is not judged yet: the next run here does it, or wanwitness \
analyze",
        "live-rows-unwritten": (
            "{n} row of the journal could not be written: the disk is full",
            "{n} rows of the journal could not be written: the disk is full",
        ),
        "live-journal-unwritten": (
            "the journal cannot be written ({why}); {n} row waits",
            "the journal cannot be written ({why}); {n} rows wait",
        ),
        "live-judging-failed": "judging failed, and is tried again: {error}",
        "live-judging-ended": "the process that judges ended too early ({how}); another one tries again",
        "live-not-read-on": "{why}; it is not read on",
        # The page.
        "live-title": "Mail over several links, live",
        "live-none": "No session in the last 24 hours.",
        "live-no-flag": "No session whose links differ in the last 24 hours.",
        "live-flags": (
            "{n} session in the last 24 hours went out by another link than its look-up.",
            "{n} sessions in the last 24 hours went out by another link than their look-ups.",
        ),
        "live-refused": ("{n} session was refused by its server.", "{n} sessions were refused by their servers."),
        "live-provisional": ("{n} is not decided yet.", "{n} are not decided yet."),
        "live-so-far": "The answer so far",
        "live-sessions": "Sessions of the last 24 hours",
        "live-more": ("{n} earlier one is in the journal.", "{n} earlier ones are in the journal."),
        "live-links": "What is captured",
        "live-events": "Gaps and faults of the capture",
        "live-state": "Read to {watermark:moment}, {lag:duration} behind; the captures take {disk} MiB, and {free} MiB \
are free.",
        "live-waiting": "Nothing was read yet.",
        "live-stopped": "The run ended {at:moment}; what stands here is what it found until then.",
        "live-column-time": "Time",
        "live-column-client": "Client",
        "live-column-server": "Server",
        "live-column-links": "Left by, looked up over",
        "live-column-outcome": "What came of it",
        "live-column-verdict": "Links",
        "live-column-interface": "Interface",
        "live-column-side": "Side",
        "live-column-state": "State",
        "live-column-packets": "Packets",
        "live-column-dropped": "Lost",
        "live-column-last": "Latest packet",
        "live-side-lan": "LAN",
        "live-side-wan": "WAN, {link}",
        "live-side-mirror": "mirror port",
        "live-up": "captured",
        "live-quiet": "silent for long",
        "live-down": "interface down",
        "live-unplugged": "interface gone",
        "live-dead": "not captured",
        "live-outcome-accepted": "accepted",
        "live-outcome-rejected": "rejected",
        "live-outcome-deferred": "deferred",
        "live-outcome-refused": "refused",
        "live-outcome-unanswered": "unanswered",
        "live-outcome-aborted": "aborted",
        "live-outcome-opaque": "opaque",
        "live-outcome-no-mail": "no-mail",
        "live-outcome-unknown": "unknown",
        # A session's line on the terminal.
        "live-line-peers": "{client} to {server}",
        "live-line-inbound": "inbound",
        "live-line-internal": "internal",
        "live-line-links": "left by {left}, resolved over {resolved}",
        "live-line-ending": "{outcome}: {reply}",
        "live-line-differ": "LINKS DIFFER",
        "live-line-revised": "(told before, and changed since)",
        "live-verdict-consistent": "the same",
        "live-verdict-link-mismatch": "differ",
        "live-verdict-undetermined": "not known",
        "live-verdict-provisional": "too early to say",
        "live-back": "All sessions",
        "live-frames": "Frames",
        "live-frame": "{file}, frame {number:d}",
        "live-gone": "{file} (deleted since), frame {number:d}",
        "live-filter": "Filter for Wireshark",
        "live-no-such": "There is no such session here; the journal may still have it.",
        "live-guard-name": "this name is not one of the page's; --web-host NAME allows one",
        "live-guard-reading": "this page changes nothing",
        "live-guard-token": "this page needs its token: open it as .../?token=TOKEN once",
        # Alerts.
        "live-alert-flagged": "{site}: mail from {client} to {server} left by {transport}, and was looked up over \
{resolver}",
        "live-alert-withdrawn": "{site}: withdrawn, by what came since: mail from {client} to {server} (by \
{transport}, looked up over {resolver})",
        "live-alert-void": "{site}: session {session}, told before, proved to be a side of another",
        "live-alert-capture": "{site}: {interface}: {what}",
        "live-alert-refused": "The server answered: {reply}",
        "live-alert-more": (
            "{n} further session alike since the last message ({first:moment} to {last:moment}).",
            "{n} further sessions alike since the last message ({first:moment} to {last:moment}).",
        ),
        "live-alert-see": "wanwitness explain {folder} {session}",
    },
)
