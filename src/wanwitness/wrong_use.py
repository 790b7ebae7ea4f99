"""What a user asked for and cannot have, as sentences: each says what to do."""

from __future__ import annotations

from pathlib import Path

from wanwitness.errors import UsageError
from wanwitness.language import Catalogue, failure
from wanwitness.model import Argument

WRONG = Catalogue(
    "cli",
    {
        "cannot-be-read": "{path}: cannot be read ({why})",
        "cannot-be-written": "{path}: cannot be written ({why})",
        "out-unwritten": "--out {folder}: cannot be written ({why}); name another folder",
        "out-is-file": "--out {folder}: this is a file; name a folder",
        "out-not-empty": (
            "--out {folder}: the folder is not empty and holds no case; name another, or use --force to write "
            "among its files"
        ),
        "out-has-link": "--out {folder}: {name} in it is a link, and leads elsewhere; take it away",
        "out-taken-away": "--out {folder}: somebody took this folder away while the case was written",
        "out-in-use": "--out {folder}: somebody else writes a case there now; wait for that, or name another folder",
        "out-is-the-case": "--out {folder}: this is the case itself, which stays as it is; name another folder",
        "out-other-file": "--out {folder}: {file} is another file than the demo's; name a new folder",
        "no-case": "{case}: no case ({why})",
        "no-case-name-one": "{case}: no case ({why}); name a folder that `wanwitness analyze` wrote",
        "no-case-lacks": "it has no {file}",
        "no-case-no-folder": "there is no such folder",
        "no-case-no-json": "it is no JSON",
        "no-case-unread": "{case}: no case; its {file} cannot be read ({why})",
        "no-case-unended": "it has no {file}, so it was not written to its end; analyse once more",
        "no-case-file-missing": "{file} is missing",
        "no-case-file-unread": "{file} cannot be read ({why})",
        "no-case-file-changed": "{file} is not as it was written",
        "no-case-seal": "its {file} is none of a case",
        "no-case-form": "{case}: its {file} has not the form of a case ({kind}: {said})",
        "table-not-there": "{path}: there is no such file; analyse once more",
        "case-redacted": "{case}: this case is redacted already",
        "case-is-file": "{case}: this is a file; name the case's folder",
        "case-not-there": "{case}: there is no such folder",
        "nothing-to-read": "nothing to read: name capture files or a folder of them, or a site file that names some",
        "two-site-files": "{one} and {other}: two site files; say which one holds with --site",
        "no-captures": "{folder}: no captures in this folder (pcap or pcapng, plain or compressed)",
        "no-captures-but": "{folder}: no captures in this folder (pcap or pcapng, plain or compressed); {why}",
        "is-a-case": (
            "it is a case: `report`, `explain` and `verify` read it, and `analyze` the captures that it names"
        ),
        "wan-which-link": "--wan {text}: which link did this capture see? Say --wan LINK={file}",
        "wan-link-name": "--wan {text}: a link's name is one line of printable characters",
        "wan-no-link": "--wan {text}: {site} has no link {link}, but {links:comma}",
        "side-is-folder": "--{role} {path}: this is a folder; name one capture file (a folder goes without --{role})",
        "no-packets": (
            "{paths:comma}: no packets to look at; check that the capture ran on the right interface, and that "
            "its filter, and the site file's rules, let mail and DNS through"
        ),
        "no-interface": "{path}: there is no interface {interface}; it has {names:comma}",
        "no-interface-at-all": "{path}: there is no interface {interface}; it has none",
        "several-sessions": "{name}: {number:d} sessions are so called: {some:comma}; name one by its id",
        "several-sessions-more": (
            "{name}: {number:d} sessions are so called: {some:comma} and {more:d} more; name one by its id"
        ),
        "no-session-at-all": "{name}: the case has no session at all",
        "no-such-session": "{name}: no such session; the nearest: {some:comma}",
        "nothing-to-draw": "this case has nothing to draw there",
        "no-demo": "this installation has no captures of the incident; install wanwitness from its wheel",
        "compare-order": "the second case does not begin after the first; name the case of before first",
        "write-one-folder": "--write: name the one folder of the captures, where the site.toml belongs",
        "site-left": "{file} is left as it is; use --write in place of >, which never writes over a site file",
        "site-emptied": (
            "{file} is empty now: if it had edits, the shell's > took them; use --write in place of >, which "
            "never writes over a site file"
        ),
        "no-command": "{file} is no command; to analyse it: wanwitness analyze {file}",
        "empty-value": "{option} has an empty value; is a shell variable in the command line not set?",
        "empty-argument": "an argument is empty; is a shell variable in the command line not set?",
        "redact-only": "--out and --force are for the copy that --redact writes",
        "output-closed": "standard output is closed; give it somewhere to go",
        "output-unwritten": "standard output cannot be written ({why})",
        "session-or-refused": "name a session, or use --refused for all that were refused (not both)",
        "filter-host": "--host: {said}; name an address, or a network such as 192.0.2.0/24",
        "lans-differ": (
            "two LAN captures of different networks: {one} shows {first}, {two} shows {second}; analyse one site "
            "at a time, or list both networks under [site] lan in site.toml"
        ),
        "verify-needs-tshark": (
            "verify needs tshark, Wireshark's command-line program (apt install tshark), and finds none"
        ),
        "tshark-cannot-read": "tshark cannot read {file}: {said}",
    },
)


def wrong(kind: str, /, **about: Argument | Path) -> UsageError:
    """Make the error that tells a user so.

    Args:
        kind: the sentence's id; one that is not in the catalogue is a KeyError.
        about: what stands in its places.
    """
    return wrong_in(WRONG, kind, **about)


def wrong_in(room: Catalogue, kind: str, /, **about: Argument | Path) -> UsageError:
    """Make such an error of a room's own sentences."""
    args = {name: str(value) if isinstance(value, Path) else value for name, value in about.items()}
    return failure(UsageError, room(kind, **args))
