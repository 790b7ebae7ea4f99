"""How a link may be to blame for a refusal, by who refuses and when."""

from __future__ import annotations

import re

import pytest

from wanwitness.model import FrameRef, Reply, Rule
from wanwitness.verdict.refusals import Server, classify

ASKED = Reply(530, "5.7.0", ("5.7.0 Authentication required",), 0, (FrameRef(0, 1),))
LISTED = Reply(554, "5.7.1", ("5.7.1 blocked using zen.spamhaus.org",), 0, (FrameRef(0, 1),))
RELAY = Server(("smtp.isp.example",))


def blame(reply: Reply, server: Server, *own: Rule, known: bool = False) -> str:
    return classify(reply, "RCPT", server, own, known=known)[1]


def test_a_relay_that_asks_for_a_log_in_may_not_have_known_its_subscriber() -> None:
    assert blame(ASKED, RELAY) == "subscriber"


def test_a_recipient_s_mail_exchange_knows_no_subscribers() -> None:
    assert blame(ASKED, Server(relay=False)) == "none"


@pytest.mark.parametrize("port", [465, 587])
def test_submission_asks_everybody_unless_the_site_file_says_that_it_is_such_a_relay(port: int) -> None:
    assert blame(ASKED, Server(("smtp.isp.example",), port=port)) == "none"
    assert blame(ASKED, Server(("smtp.isp.example",), port=port, named=True)) == "subscriber"


def test_a_mail_provider_asks_everybody_even_at_port_25() -> None:
    assert blame(ASKED, Server(("smtp.gmail.com",))) == "none"


@pytest.mark.parametrize(
    "name", ["smtp-relay.gmail.com", "site-example.mail.protection.outlook.com", "cluster1.us.messagelabs.com"]
)
def test_some_relays_know_a_site_by_its_address(name: str) -> None:
    assert blame(ASKED, Server((name,))) == "address"


def test_behind_a_log_in_the_subscriber_is_known_by_whatever_line() -> None:
    """What the address is blamed for, it is blamed for all the same."""
    assert blame(ASKED, RELAY, known=True) == "none"
    assert blame(LISTED, RELAY, known=True) == "address"


def test_no_link_of_the_site_is_to_blame_for_what_its_own_server_refuses_to_strangers() -> None:
    assert blame(ASKED, Server(asked=False)) == "none"
    assert blame(LISTED, Server(asked=False)) == "none"


def test_a_listed_sender_domain_is_not_the_address_s_fault() -> None:
    text = "5.7.1 Service unavailable; Sender address [a@site.example] blocked using dbl.spamhaus.org"
    assert classify(Reply(554, "5.7.1", (text,), 0, (FrameRef(0, 1),)), "MAIL", RELAY) == ("blocklisted", "none")


def test_the_user_s_rules_come_first_and_may_name_a_server() -> None:
    rule = Rule("pop-before-smtp", text=re.compile("authentication required"), servers=("smtp.isp.example",))
    assert classify(ASKED, "MAIL", Server(("SMTP.ISP.example.",)), (rule,)) == ("pop-before-smtp", "none")
    assert classify(ASKED, "MAIL", Server(("smtp.other.example",)), (rule,))[0] == "authentication-required"


def test_the_user_may_say_how_a_link_is_to_blame() -> None:
    rule = Rule("policy", codes=(530,), link="address")
    assert classify(ASKED, "MAIL", RELAY, (rule,)) == ("policy", "address")
