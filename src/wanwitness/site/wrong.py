"""What is wrong in a site file, as sentences: each goes on after "site.toml:14: link[2].addresses[1]: "."""

from __future__ import annotations

from wanwitness.language import Catalogue

WRONG = Catalogue(
    "cli",
    {
        # Where it is.
        "site-wrong": "{path}: {said}",
        "site-wrong-line": "{path}:{line:d}: {said}",
        "site-wrong-key": "{key}: {said}",
        # The file.
        "site-unread": "cannot be read: {why}",
        "site-long": "is longer than {most:d} MiB, which no site file is",
        "site-no-utf8": "is not UTF-8; save the file with that encoding",
        "site-deep": "is nested too deeply",
        "site-no-toml": "is not TOML: {why}{hint}{where}",
        "site-toml-end": ", at the end of the file",
        "site-toml-column": ", at column {column:d}",
        "site-toml-quotes": " (a text stands in quotes)",
        "site-toml-twice": " (this key stands here twice)",
        # Tables and keys.
        "site-unknown-table": "unknown table{advice}",
        "site-unknown-key": "unknown key{advice}",
        "site-did-you-mean": "; did you mean {word}?",
        "site-known-tables": "; the tables here are {names:comma}",
        "site-known-keys": "; the keys here are {names:comma}",
        "site-repeated": "must be written [[{name}]]",
        "site-one-table": "must be one table, [{name}]",
        "site-missing": "is missing",
        # A value's type.
        "value-type": "must be {what}, not {found}",
        "value-boolean": "a boolean",
        "value-integer": "an integer",
        "value-float": "a float",
        "value-string": "a string",
        "value-array": "an array",
        "value-table": "a table",
        "value-date-time": "a date-time",
        "value-date": "a date",
        "value-time": "a time",
        "value-true-or-false": "true or false",
        "value-string-or-integer": "a string or an integer",
        "value-string-or-array": "a string or an array",
        "value-moment": "an offset date-time such as 2012-11-21T14:30:00+01:00",
        # A value.
        "value-empty": "must not be empty",
        "value-unprintable": "{text} holds the character U+{code}, which cannot be printed on one line",
        "value-link-equals": "{name} holds '=', which ends a link's name on the command line",
        "value-link-space": "{name} begins or ends with a space",
        "value-link-long": "{name} is longer than {most:d} characters",
        "value-vlan": "must be a VLAN id, 1 to 4094",
        "value-interface": "must be an interface's number, from 0",
        "value-role": "{text} is neither 'lan' nor 'wan'{advice}",
        "value-local-time": "{time} is a local time; add its offset, as in {time}+01:00",
        "value-time-zone": "{name} is not a known time zone{advice}",
        "value-no-time-zones": "; this machine has no time zone data: install the package tzdata",
        "value-pattern-long": "is longer than {most:d} characters",
        "value-no-pattern": "{text} is no pattern: {why}",
        "value-code": "must be a reply code of a refusal, 400 to 599",
        "value-port": "must be a port, 1 to 65535",
        "value-none-of": "{text} is none of {known:comma}{advice}",
        "value-not-as-dns": "{text} must be written as DNS carries it, with xn--",
        "value-no-mac": "{text} is not a MAC address",
        "value-no-address": "{text} is not an IP address",
        "value-no-network": "{text} is not an IP address or network",
        "value-no-relay": "{text} is not a host name, an IP address or a network",
        "value-scope": "{text} must be written without '%{scope}'",
        # Between tables, and files.
        "site-link-twice": "{name} is already the name of link[{number:d}]",
        "site-which-link": "is missing: a capture of role 'wan' says of which link",
        "site-lan-link": "a capture of role 'lan' is of no link",
        "site-no-link": "{name} names no [[link]]{advice}",
        "site-rule-when": "is missing: a rule says by 'text', 'codes' or 'enhanced' which replies it means",
        "site-no-file": "there is no file {file}",
    },
)
