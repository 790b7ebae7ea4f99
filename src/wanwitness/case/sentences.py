"""What a case says of all its sessions together, as templates with named arguments."""

from __future__ import annotations

from wanwitness.language import Catalogue

sentence = Catalogue(
    "case",
    {
        "acts-untold": (
            "{number:d} log-ins to mailboxes and visits to webmails are weighed and not listed: the first {most:d} are"
        ),
        # What was looked at.
        "looked-at": "{points} ({packets})",
        "capture-points": ("{n} capture point", "{n} capture points"),
        "packets": ("{n} packet", "{n} packets"),
        "sessions": ("{n} session", "{n} sessions"),
        "damage-line": "{path}: {why} at byte {offset}; {bytes} bytes were left out",
        "left-out-line": "{path}: {frames} frames were left out: {why}",
        "no-session": "No SMTP session was found in {looked_at}.",
        # What cannot be answered.
        "none-left": "No session here left the site, so there are no links to compare.",
        "cannot-answer": (
            "These captures cannot answer the question: the link of the one session that left the site could not be "
            "told. That acquits nobody.",
            "These captures cannot answer the question: the links of none of the {n} sessions that left the site could "
            "be compared. That acquits nobody.",
        ),
        "cannot-answer-contradicted": (
            "These captures cannot answer the question: the link of the one session that left the site could not be "
            "told, because what was said of the captures cannot be. That acquits nobody.",
            "These captures cannot answer the question: the links of none of the {n} sessions that left the site could "
            "be compared, because what was said of the captures cannot be. That acquits nobody.",
        ),
        # What was refused, and how.
        "none-refused": (
            "The one SMTP session in {looked_at} was not refused by the server.",
            "None of the {n} SMTP sessions in {looked_at} was refused by the server.",
        ),
        "the-one-refused": "The one SMTP session in {looked_at} was refused by the server, {why}.",
        "refused": (
            "{n} of {sessions} SMTP sessions in {looked_at} was refused by the server, {why}.",
            "{n} of {sessions} SMTP sessions in {looked_at} were refused by the server, {why}.",
        ),
        "refused-each": (
            "{n} of {sessions} SMTP sessions in {looked_at} was refused by the server: {whys:comma}.",
            "{n} of {sessions} SMTP sessions in {looked_at} were refused by the server: {whys:comma}.",
        ),
        "so-many": "{number} {what}",
        "refusing-authentication-required": "asking for a log-in",
        "refusing-starttls-required": "asking for STARTTLS first",
        "refusing-relaying-denied": "denying to relay",
        "refusing-bad-credentials": "not taking the log-in",
        "refusing-pop-before-smtp": "asking for a POP log-in first",
        "refusing-blocklisted": "naming a block list",
        "refusing-client-address": "not liking the address it came from",
        "refusing-greylisted": "greylisting",
        "refusing-rate-limited": "limiting the rate",
        "refusing-sender-refused": "not taking the sender",
        "refusing-sender-authentication": "for SPF, DKIM or DMARC",
        "refusing-recipient-refused": "not taking the recipient",
        "refusing-mailbox-full": "for a full mailbox",
        "refusing-message-too-big": "for the message's size",
        "refusing-content": "for the content",
        "refusing-tls-failure": "for a failure of TLS",
        "refusing-service-unavailable": "being out of service",
        "refusing-routing": "not knowing where to bring it",
        "refusing-protocol": "not understanding a command",
        "refusing-policy": "by a policy",
        "refusing-other": "with other words",
        "not-for-good": "Among the refused, {parts:semicolon}.",
        "for-the-time-being": "{number} only for the time being (4xx)",
        "mended-later": "{number} with a message accepted later in the same session",
        # The links.
        "none-differ": (
            "In the one session whose links could be compared the links agree.",
            "In none of the {n} sessions whose links could be compared do the links differ.",
        ),
        "differ": (
            "In {n} session, {refused}, the links differ: the server's name was resolved over another link than the "
            "mail took.",
            "In {n} sessions, {refused}, the links differ: the server's name was resolved over another link than the "
            "mail took.",
        ),
        "which-was-refused": "which was refused",
        "which-was-not-refused": "which was not refused",
        "all-refused": "all of them refused",
        "some-refused": "{number} of them refused",
        "none-of-them-refused": "none of them refused",
        "causes": (
            "Likely cause of {refusals}: {causes:semicolon}. This is a correlation in what was captured, no proof of "
            "what the server's answer rested on.",
            "Likely causes of {refusals}: {causes:semicolon}. This is a correlation in what was captured, no proof of "
            "what the server's answer rested on.",
        ),
        "refusals": ("{n} refusal", "{n} refusals"),
        "cause-is": "that {cause}",
        "cause-is-either": "either that {one}, or that {two} (none is preferred)",
        "cause-is-one-of": "either that {one}, or that {two}, or that {three} (none is preferred)",
        "in-so-many": "in {number}, {what}",
        "cause-link-mismatch": "the links differ",
        "cause-relay-owner-mismatch": "one ISP's relay was reached through another ISP's link",
        "cause-foreign-resolver": "the name was asked of a resolver that is not the link's own",
        "compared": (
            "For comparison: where the links differ, {n} of {differ} was refused; where they agree, {other} of "
            "{agree}.",
            "For comparison: where the links differ, {n} of {differ} were refused; where they agree, {other} of "
            "{agree}.",
        ),
        # What could not be judged, and what is not.
        "undetermined": (
            "{n} session could not be judged: {why:semicolon}.",
            "{n} sessions could not be judged: {why:semicolon}.",
        ),
        "undetermined-refused": (
            "{n} session could not be judged, and was refused: {why:semicolon}.",
            "{n} sessions could not be judged, {refused} of them refused: {why:semicolon}.",
        ),
        "because": "because {why}",
        "so-many-because": "{number} because {why}",
        "not-outbound": "{parts}: these are told, and not judged.",
        "came-from-outside": ("{n} session came in from outside", "{n} sessions came in from outside"),
        "stayed-within": ("{n} session stayed within the site", "{n} sessions stayed within the site"),
        # What to capture.
        "mail": "Was TCP port 25 in the capture (and 465, 587)? A filter or mirror port may have left it out.",
        "while": "Was a mail sent while the capture ran?",
        "where": "Was it taken where mail passes: LAN side of the router, WAN side of each link?",
        "how": "On each of these sides, at the same time: {command}",
        "how-on-links": "On the LAN side and on each link, at the same time: {command}",
        "decide": "{what:capital} ({sessions}).",
        "more": "What else would decide stands with each session.",
        # Notes.
        "not-listed": "{total} more connections to {servers} in {hours}, in which {said}, are not listed: "
        "uncounted_sessions in case.json counts them by server and hour, and the totals hold them",
        "servers": ("{n} server", "{n} servers"),
        "very-many-servers": "very many servers",
        "hours-counted": ("{n} hour", "{n} hours"),
        "nothing-said": "nothing was said",
        "by-one-side-alone": "nothing was said, or by one side alone",
        "no-evidence": "evidence captures were left out: {why}",
        "holds-analysed": "{folder} holds the captures that were analysed",
        "not-read-again": "{path} cannot be read again",
    },
)
