"""`[[rule]]` of site.toml: why servers refuse, in the user's words."""

from __future__ import annotations

from pathlib import Path

import pytest

from wanwitness.errors import SiteError
from wanwitness.model import FrameRef, Reply, Site
from wanwitness.site import load
from wanwitness.verdict.refusals import Server, classify

RULE = """\
[[rule]]
cause = "relaying-denied"
text = ["Zugang nur für Kunden", "no such line"]
codes = [550, 553]
enhanced = "5.7.1"
commands = ["rcpt"]
servers = ["SMTP.isp.example."]
link = "subscriber"
source = "our provider's help page"
"""


def read(tmp_path: Path, text: str) -> Site:
    path = tmp_path / "site.toml"
    path.write_text(text, encoding="utf-8")
    return load(path)


def test_a_rule_is_read_and_holds(tmp_path: Path) -> None:
    """Accents and letters' size do not matter."""
    (rule,) = rules = read(tmp_path, RULE).rules
    assert (rule.cause, rule.codes, rule.commands, rule.servers) == (
        "relaying-denied",
        (550, 553),
        ("RCPT",),
        ("smtp.isp.example",),
    )
    reply = Reply(550, "5.7.1", ("5.7.1 ZUGANG NUR FUR KUNDEN",), 0, (FrameRef(0, 1),))
    server = Server(("smtp.isp.example",))
    assert classify(reply, "RCPT", server, rules) == ("relaying-denied", "subscriber")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[rule]]\ntext = 'x'\n", "1: rule[1].cause: is missing"),
        (
            "[[rule]]\ncause = 'policy'\n",
            "1: rule[1].text: is missing: a rule says by 'text', 'codes' or 'enhanced' which replies it means",
        ),
        ("[[rule]]\ncause = 'policy'\ntext = '('\n", "3: rule[1].text: '(' is no pattern"),
        ("[[rule]]\ncause = 'policy'\ntext = [\n'a',\n'*']\n", "5: rule[1].text[2]: '*' is no pattern"),
        ("[[rule]]\ncause = 'policy'\ncodes = [250]\n", "3: rule[1].codes[1]: must be a reply code of a refusal"),
        ("[[rule]]\ncause = 'relay'\ntext = 'x'\n", "2: rule[1].cause: 'relay' is none of"),
        ("[[rule]]\ncause = 'policy'\ntext = 'x'\nlink = 'both'\n", "4: rule[1].link: 'both' is none of"),
        ("[[rule]]\ncause = 'policy'\ntext = 'x'\ncommands = ['RCTP']\n", "4: rule[1].commands[1]: 'RCTP' is none of"),
        ("[[rule]]\ncause = 'policy'\ntext = 'x'\nport = 25\n", "4: rule[1].port: unknown key; did you mean 'ports'?"),
        ("[[rule]]\ncause = 'policy'\ntext = 'x'\ntls = 1\n", "4: rule[1].tls: must be true or false, not an integer"),
    ],
)
def test_what_is_wrong_with_a_rule_is_told_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(SiteError) as wrong:
        read(tmp_path, text)
    assert f"site.toml:{message}" in str(wrong.value)
