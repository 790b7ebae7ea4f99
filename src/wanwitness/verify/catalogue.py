"""What the terminal says of a verification, as templates with named arguments."""

from __future__ import annotations

from wanwitness.language import Catalogue

sentence = Catalogue(
    "verify",
    {
        "all-agrees": "All agrees: {facts} facts compared with what tshark {version} reads.",
        "disagreements": (
            "{n} disagreement among {facts} facts compared with what tshark {version} reads:",
            "{n} disagreements among {facts} facts compared with what tshark {version} reads:",
        ),
        "disagrees": "{where}{frames}: the case says {told}; found: {found}",
        "in-frames": (" (frame {frames:comma})", " (frames {frames:comma})"),
        "more-in-json": "… and {n} more (--json has all)",
        "captures": "Captures:",
        "capture-state": "{path}: {state}",
        "state-same": "as it was analysed (SHA-256)",
        "state-unhashed": "there; the case has no SHA-256 of it",
        "state-changed": "NOT the file that was analysed",
        "state-kept": "gone from its place; a copy with its SHA-256 is in the case",
        "state-gone": "gone",
        "state-redacted": "not compared: the case is redacted, and its captures are not",
        "state-piped": "came on standard input, and was not kept",
        "seal-checked": "seal (SHA256SUMS): checked",
        "seal-none": "seal (SHA256SUMS): none",
        "citations": "Citations of frames: {number}",
        "cited-original": "{number} in the original capture",
        "cited-kept": "{number} in a kept copy of the original, by its SHA-256",
        "cited-carve": "{number} only in the evidence captures",
        "cited-redacted": "{number} in the redacted evidence captures; the originals have other names and addresses",
        "cited-changed": "{number} in a file that is not the one that was analysed",
        "cited-unread": "{number} in what tshark does not read",
        "cited-gone": "{number} gone with its capture",
        "cited-nowhere": "{number} nowhere: there is no such frame",
        "cited-disagrees": "{number} but what the case says of it is not so",
        "not-compared": "Not compared: {number}",
    },
)
