"""What commands say of their own, as templates with named arguments."""

from __future__ import annotations

from wanwitness.language import Catalogue

sentence = Catalogue(
    "cli",
    {
        "site-was-empty": "{file} was empty, and is written: look it over, and complete it",
        "site-says-so": "{file} says already what the captures show",
        "site-stays": "{file} is there already, and stays as it is; what the captures show is in {new}",
        "site-written": "{file} is written: look it over, and complete it",
        "holds-another-case": "{folder} holds another case, so this one is in {place}",
        "demo-captures": "The story, and the captures: {path}",
        "demo-no-browser": "no browser was found; open {page}",
        "none-was-refused": "no session was refused",
        "stopped": "stopped",
        "stopped-before": "stopped before anything was captured",
        "stopped-nothing": "stopped; nothing was written",
        "stopped-complete": "stopped; the case in {folder} is complete",
        "stopped-incomplete": (
            "stopped; what {folder} holds is no case, since it was not written to its end: analyse once more"
        ),
        "live-begun": "capturing {names:comma} into {folder}; Ctrl-C ends it",
        "live-to-watch": "to watch it: {url}",
        "live-unread": (
            "{n} line was not printed, for nobody had read those before it; the journal has it",
            "{n} lines were not printed, for nobody had read those before them; the journal has them",
        ),
        "live-case-later": "{size:d} MiB were captured; wanwitness analyze {folder} makes a case of them",
        "live-no-time": "what was captured lies in {out}; wanwitness analyze {folder} makes a case of them",
        "live-no-case": "no case was written: {why}",
        "live-case": "{sessions:d} sessions, {flagged:d} flagged; case and report: {out}",
        "no-memory": "there is not enough memory for this; analyse fewer captures at once",
        "so-far": "{megabytes} MB read, {found}",
        "so-far-joining": "{megabytes} MB read, {found}; joining them",
        "connections-found": ("{n} SMTP connection", "{n} SMTP connections"),
    },
)
