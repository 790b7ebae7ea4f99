"""What is wrong in a site file is told in one line: file, line, key, and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wanwitness.errors import SiteError
from wanwitness.site import load


@pytest.fixture(autouse=True)
def _in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def error(text: str | bytes) -> str:
    path = Path("site.toml")
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    with pytest.raises(SiteError) as caught:
        load(path)
    message = str(caught.value)
    assert message.isprintable()
    return message


def link(line: str) -> str:
    """A site file whose line 3 is `line`, of a link."""
    return f'[[link]]\nname = "orange"\n{line}\n'


def capture(line: str) -> str:
    """A site file whose line 4 is `line`, of a LAN capture."""
    return f'[[capture]]\nfile = "a"\nrole = "lan"\n{line}\n'


def test_address_in_second_link() -> None:
    """An error names the file, the line and the key, counting from 1 as people do."""
    text = """\
[site]
name = "x"

[[link]]
name = "orange"
addresses = ["203.0.113.10"]

[[link]]
name = "sfr"
isp = '''SFR'''

resolvers = []
addresses = [
    "203.0.113.999",  # wrong
]
"""
    assert error(text) == "site.toml:14: link[2].addresses[1]: '203.0.113.999' is not an IP address"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[site]\nname = office\n", "2: is not TOML: Invalid value (a text stands in quotes), at column 8"),
        (
            "[site]\nname = 'a'\nname = 'b'\n",
            "3: is not TOML: Cannot overwrite a value (this key stands here twice), at column 11",
        ),
        ("[site]\n\n[site]\n", "3: is not TOML: Cannot declare ('site',) twice, at column 6"),
        ('[site]\nname = "a\n', "2: is not TOML: Illegal character '\\n', at column 10"),
        ("\n\n[site]\nlan = [\n\n", "4: is not TOML: Invalid value (a text stands in quotes), at the end of the file"),
        (
            "[[event]]\nat = 2012-13-01T00:00:00Z\n",
            "2: is not TOML: Expected newline or end of document after a statement, at column 10",
        ),
    ],
)
def test_toml_syntax(text: str, message: str) -> None:
    """A syntax error has the line that tomllib tells."""
    assert error(text) == f"site.toml:{message}"


def test_not_utf8() -> None:
    """A file in another encoding is an error at the first line that shows it."""
    message = "is not UTF-8; save the file with that encoding"
    assert error(b'[site]\nname = "Si\xe8ge"\n') == f"site.toml:2: {message}"
    assert error("[site]\n".encode("utf-16")) == f"site.toml:1: {message}"


def test_unreadable() -> None:
    """A file that cannot be read is an error with the system's reason."""
    with pytest.raises(SiteError, match=r"^none\.toml: cannot be read: No such file or directory$"):
        load(Path("none.toml"))
    with pytest.raises(SiteError, match=r"^\.: cannot be read: Is a directory$"):
        load(Path())


def test_endless() -> None:
    """Nesting and numbers beyond reason are errors, not tracebacks."""
    assert error("a = " + "[" * 100_000) == "site.toml: is nested too deeply"
    assert error("a = " + "1" * 10_000).startswith("site.toml: is not TOML: Exceeds the limit")
    number = "0x" + "f" * 10_000
    assert error(capture(f"vlan = {number}")) == "site.toml:4: capture[1].vlan: must be a VLAN id, 1 to 4094"
    assert error(capture(f"interface = {number}")).startswith("site.toml:4: capture[1].interface: must be")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[site]\n[[links]]\n", "2: links: unknown table; did you mean 'link'?"),
        ("[dhcp]\n", "1: dhcp: unknown table; the tables here are site, router, tags, link, capture, rule, event"),
        ("\nname = 'a'\n", "2: name: unknown key; the tables here are site, router, tags, link, capture, rule, event"),
        ("[site]\ntimezon = 'UTC'\n", "2: site.timezon: unknown key; did you mean 'timezone'?"),
        ("[site]\nip = 1\n", "2: site.ip: unknown key; the keys here are name, timezone, lan"),
        ("[site]\n'a\\b c' = 1\n", '2: site."a\\b c": unknown key; the keys here are name, timezone, lan'),
        (link("resolver = []"), "3: link[1].resolver: unknown key; did you mean 'resolvers'?"),
        (capture("iface = 'eth0'"), "4: capture[1].iface: unknown key; did you mean 'interface'?"),
        ("[[event]]\nwhen = 1\n", "1: event[1].at: is missing"),
        ("site.lan = []\nsite.x.y = 1\n", "2: site.x: unknown key; the keys here are name, timezone, lan"),
    ],
)
def test_unknown(text: str, message: str) -> None:
    """An unknown table or key is an error that suggests the nearest, or lists all."""
    assert error(text) == f"site.toml:{message}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[site]]\n", "1: site: must be one table, [site]"),
        ("\nsite = 1\n", "2: site: must be one table, [site]"),
        ("[link]\nname = 'a'\n", "1: link: must be written [[link]]"),
        ("capture = 'lan.pcap'\n", "1: capture: must be written [[capture]]"),
        ("event = [\n{at = 2012-11-21T14:30:00Z, what = 'x'},\n1]\n", "3: event[2]: must be a table, not an integer"),
        ("[site]\nname = 1\n", "2: site.name: must be a string, not an integer"),
        ("[site]\nname = 1.5\n", "2: site.name: must be a string, not a float"),
        ("[site]\nname = {a = 1}\n", "2: site.name: must be a string, not a table"),
        ("[site]\nname = true\n", "2: site.name: must be a string, not a boolean"),
        ("[site]\nname = 12:00:00\n", "2: site.name: must be a string, not a time"),
        ("[site]\nlan = '10.0.0.0/8'\n", "2: site.lan: must be an array, not a string"),
        ("[site]\nlan = [\n'10.0.0.0/8',\n10]\n", "4: site.lan[2]: must be a string, not an integer"),
        (link("name.x = 1").replace('name = "orange"\n', ""), "2: link[1].name: must be a string, not a table"),
        (capture("vlan = '7'"), "4: capture[1].vlan: must be an integer, not a string"),
        (capture("vlan = true"), "4: capture[1].vlan: must be an integer, not a boolean"),
        (capture("interface = true"), "4: capture[1].interface: must be a string or an integer, not a boolean"),
        (capture("interface = 1.0"), "4: capture[1].interface: must be a string or an integer, not a float"),
        (capture("mac = []"), "4: capture[1].mac: must be a string, not an array"),
    ],
)
def test_wrong_type(text: str, message: str) -> None:
    """A value or table of the wrong type is an error that names both types."""
    assert error(text) == f"site.toml:{message}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (link("addresses = ['203.0.113.0/24']"), "3: link[1].addresses[1]: '203.0.113.0/24' is not an IP address"),
        (link("resolvers = ['dns.example']"), "3: link[1].resolvers[1]: 'dns.example' is not an IP address"),
        (
            link("resolvers = ['fe80::1%eth0']"),
            "3: link[1].resolvers[1]: 'fe80::1%eth0' must be written without '%eth0'",
        ),
        (
            link("relays = [\n'ok.example',\n'203.0.113.999']"),
            "5: link[1].relays[2]: '203.0.113.999' is not a host name, an IP address or a network",
        ),
        (
            link("relays = ['*.example']"),
            "3: link[1].relays[1]: '*.example' is not a host name, an IP address or a network",
        ),
        (link("relays = ['a..b']"), "3: link[1].relays[1]: 'a..b' is not a host name, an IP address or a network"),
        (link("relays = ['.']"), "3: link[1].relays[1]: '.' is not a host name, an IP address or a network"),
        (
            link("relays = ['10.0.0.0/33']"),
            "3: link[1].relays[1]: '10.0.0.0/33' is not a host name, an IP address or a network",
        ),
        (
            link("relays = ['sité.example']"),
            "3: link[1].relays[1]: 'sité.example' must be written as DNS carries it, with xn--",
        ),
        ("[site]\nlan = ['192.168.1.0/240']\n", "2: site.lan[1]: '192.168.1.0/240' is not an IP address or network"),
        ("[site]\nlan = ['192.168.1']\n", "2: site.lan[1]: '192.168.1' is not an IP address or network"),
        (capture("addresses = ['x']"), "4: capture[1].addresses[1]: 'x' is not an IP address or network"),
        (capture("mac = '00:11:22:33:44'"), "4: capture[1].mac: '00:11:22:33:44' is not a MAC address"),
        (capture("mac = '00:11-22:33-44:55'"), "4: capture[1].mac: '00:11-22:33-44:55' is not a MAC address"),
        (capture("vlan = 0"), "4: capture[1].vlan: must be a VLAN id, 1 to 4094"),
        (capture("vlan = 4095"), "4: capture[1].vlan: must be a VLAN id, 1 to 4094"),
        (capture("interface = -1"), "4: capture[1].interface: must be an interface's number, from 0"),
        (capture("interface = ''"), "4: capture[1].interface: must not be empty"),
        (
            "[[capture]]\nfile = 'a'\nrole = 'WAN'\n",
            "3: capture[1].role: 'WAN' is neither 'lan' nor 'wan'; did you mean 'wan'?",
        ),
        ("[[capture]]\nfile = ' '\nrole = 'lan'\n", "2: capture[1].file: must not be empty"),
    ],
)
def test_bad_network_value(text: str, message: str) -> None:
    """A bad address, network, relay, MAC, VLAN id, interface, role or file is an error at its own line."""
    assert error(text) == f"site.toml:{message}"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            "at = 2012-11-21T14:30:00",
            "2012-11-21T14:30:00 is a local time; add its offset, as in 2012-11-21T14:30:00+01:00",
        ),
        ("at = 2012-11-21", "must be an offset date-time such as 2012-11-21T14:30:00+01:00, not a date"),
        (
            "at = '2012-11-21T14:30:00Z'",
            "must be an offset date-time such as 2012-11-21T14:30:00+01:00, not a string",
        ),
    ],
)
def test_event_time(line: str, message: str) -> None:
    """An event's time must say its offset, else it would mean something else on every machine."""
    assert error(f"[[event]]\nwhat = 'x'\n{line}\n") == f"site.toml:3: event[1].at: {message}"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("Europe/Pariss", "'Europe/Pariss' is not a known time zone; did you mean 'Europe/Paris'?"),
        ("Europe", "'Europe' is not a known time zone"),
        ("../etc/passwd", "'../etc/passwd' is not a known time zone"),
        ("x" * 5000, f"'{'x' * 80}…' is not a known time zone"),
    ],
)
def test_timezone(name: str, message: str) -> None:
    """A time zone that is not one is an error, with the nearest where one is near."""
    assert error(f"[site]\ntimezone = '{name}'\n").startswith(f"site.toml:2: site.timezone: {message}")


def test_no_timezones(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the machine has no time zone data, the error says so and what to install."""
    monkeypatch.setattr("zoneinfo.available_timezones", set)
    assert error("[site]\ntimezone = 'No/Where'\n") == (
        "site.toml:2: site.timezone: 'No/Where' is not a known time zone"
        "; this machine has no time zone data: install the package tzdata"
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("\n[[link]]\nisp = 'Orange'\n", "2: link[1].name: is missing"),
        ("[[capture]]\nrole = 'lan'\n", "1: capture[1].file: is missing"),
        ("[site]\n[[capture]]\nfile = 'a'\n", "2: capture[1].role: is missing"),
        ("[[event]]\nwhat = 'x'\n", "1: event[1].at: is missing"),
        ("[[event]]\nat = 2012-11-21T14:30:00Z\n", "1: event[1].what: is missing"),
        ("link = [\n  {name = 'a'},\n  {},\n]\n", "3: link[2].name: is missing"),
    ],
)
def test_missing(text: str, message: str) -> None:
    """A missing key is an error at the head of its table."""
    assert error(text) == f"site.toml:{message}"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("", "must not be empty"),
        ("a=b", "'a=b' holds '=', which ends a link's name on the command line"),
        (" a", "' a' begins or ends with a space"),
        ("x" * 65, f"'{'x' * 65}' is longer than 64 characters"),
        ("a\\u001b[2J", "'a\\x1b[2J' holds the character U+001B, which cannot be printed on one line"),
        ("a\\u202eb", "'a\\u202eb' holds the character U+202E, which cannot be printed on one line"),
        ("a\\nb", "'a\\x0ab' holds the character U+000A, which cannot be printed on one line"),
    ],
)
def test_link_name(name: str, message: str) -> None:
    """A link's name can stand on the command line and in a table."""
    assert error(f'[[link]]\nname = "{name}"\n') == f"site.toml:2: link[1].name: {message}"


def test_longest_link_name() -> None:
    """64 characters are not too many."""
    Path("site.toml").write_text(f"[[link]]\nname = '{'x' * 64}'\n")
    assert len(load(Path("site.toml")).links[0].name) == 64


def test_link_named_twice() -> None:
    """A link named twice is an error at the second name."""
    text = "[[link]]\nname = 'a'\n[[link]]\nname = 'b'\n[[link]]\nisp = 'x'\nname = 'a'\n"
    assert error(text) == "site.toml:7: link[3].name: 'a' is already the name of link[1]"


def test_role_and_link() -> None:
    """A WAN capture must say its link, and a LAN capture must not."""
    assert (
        error("\n[[capture]]\nfile = 'a'\nrole = 'wan'\n")
        == "site.toml:2: capture[1].link: is missing: a capture of role 'wan' says of which link"
    )
    assert (
        error("[[link]]\nname = 'a'\n[[capture]]\nfile = 'a'\nlink = 'a'\nrole = 'lan'\n")
        == "site.toml:5: capture[1].link: a capture of role 'lan' is of no link"
    )


def test_capture_of_no_known_link() -> None:
    """A capture whose link is not there is an error that suggests the nearest."""
    text = "[[capture]]\nfile = 'a'\nrole = 'wan'\nlink = '{}'\n[[link]]\nname = 'orange'\n"
    assert (
        error(text.format("ornage"))
        == "site.toml:4: capture[1].link: 'ornage' names no [[link]]; did you mean 'orange'?"
    )
    assert error(text.format("sfr")) == "site.toml:4: capture[1].link: 'sfr' names no [[link]]"


def test_first_line_first() -> None:
    """Of several errors the one on the first line is told, whatever its kind."""
    text = "[[capture]]\nfile = 'a'\nrole = 'wan'\nlink = 'x'\nvlan = 0\n[[link]]\nnam = 'x'\n[site]\nname = 1\n"
    assert error(text) == "site.toml:5: capture[1].vlan: must be a VLAN id, 1 to 4094"


def test_error_below_multi_line_values() -> None:
    """Strings and arrays over several lines, comments and dotted keys do not shift the line."""
    text = '''\
site.name = "x"   # [[link]]
site.lan = [      # one a line
    "10.0.0.0/8", # ]

    "fd00::/8",
]
[[event]]
at = 2012-11-21T14:30:00+01:00
what = "x"
[[ "link" ]]
"name" = """\\
    a\\
    """
\'isp\' = "[[link]] # \\" ="
relays = ["a.example", "b.example",
          "c d"]
'''
    assert error(text) == "site.toml:16: link[1].relays[3]: 'c d' is not a host name, an IP address or a network"


@settings(deadline=None)
@given(
    st.recursive(
        st.sampled_from(["1", "'a'", "'10.0.0.1'", "true", "2012-11-21", "0.5", "''", "2012-11-21T14:30:00Z"]),
        lambda inner: (
            st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]")
            | inner.map(lambda item: f"{{name = {item}}}")
        ),
        max_leaves=5,
    ),
    st.sampled_from(["site", "link", "site.name", "site.lan", "event", "capture", "x"]),
)
def test_any_value(value: str, key: str) -> None:
    """Any value under any key gives a site or one line of error."""
    path = Path("site.toml")
    path.write_text(f"\n{key} = {value}\n")
    try:
        load(path)
    except SiteError as wrong:
        message = str(wrong)
    else:
        return
    assert message.startswith("site.toml:2: ")
    assert message.isprintable()
