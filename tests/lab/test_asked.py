"""What the forwarders' and resolvers' logs say."""

from __future__ import annotations

from wanwitness.lab.asked import Forwarded, queried

_TEXT = """\
Nov 24 15:21:13 dnsmasq[1]: 3 192.168.1.10/37309 query[A] smtp.isp1.example from 192.168.1.10
Nov 24 15:21:13 dnsmasq[1]: 3 192.168.1.10/37309 forwarded smtp.isp1.example to 198.18.2.53
Nov 24 15:21:13 dnsmasq[1]: 3 192.168.1.10/37309 reply smtp.isp1.example is 198.18.1.125
Nov 24 15:21:14 dnsmasq[1]: 4 192.168.1.11/42110 query[A] smtp.isp1.example from 192.168.1.11
Nov 24 15:21:14 dnsmasq[1]: 4 192.168.1.11/42110 cached smtp.isp1.example is 198.18.1.125
Nov 24 15:21:15 dnsmasq[1]: 5 fd00:1::10/44055 query[AAAA] smtp.isp1.example from fd00:1::10
Nov 24 15:21:15 dnsmasq[1]: 5 fd00:1::10/44055 cached smtp.isp1.example is 2001:db8:1::25
Nov 24 15:21:16 dnsmasq[1]: 6 192.168.1.12/21760 query[A] smtp.isp1.example from 192.168.1.12
Nov 24 15:21:16 dnsmasq[1]: 6 192.168.1.12/21760 reply query is duplicate
Nov 24 15:21:17 dnsmasq[1]: 7 192.168.1.13/5 query[A] smtp.isp2.example from 192.168.1.13
Nov 24 15:21:17 dnsmasq[1]: 7 192.168.1.13/5 forwarded smtp.isp2.example to 198.18.1.53
Nov 24 15:21:17 dnsmasq[1]: 7 192.168.1.13/5 forwarded smtp.isp2.example to 198.18.2.53
"""
LOG = _TEXT.splitlines()


def test_a_forwarded_question_went_to_that_resolver() -> None:
    """The resolver is the one that the forwarder's log names for the client's address and port."""
    assert Forwarded(LOG).resolvers(("192.168.1.10", 37309), "smtp.isp1.example") == {"198.18.2.53"}


def test_a_cached_answer_is_that_of_the_question_that_filled_the_cache() -> None:
    """A question served from the cache counts as asked of whom the first one went to."""
    assert Forwarded(LOG).resolvers(("192.168.1.11", 42110), "SMTP.isp1.example") == {"198.18.2.53"}


def test_a_cache_filled_before_the_log_names_nobody() -> None:
    """What the cache knew before (here: the AAAA record) was asked of nobody in this run."""
    assert Forwarded(LOG).resolvers(("fd00:1::10", 44055), "smtp.isp1.example") == set()


def test_a_duplicate_question_is_answered_by_the_first_ones_resolver() -> None:
    """A question that came while the same one was under way got the same answer."""
    assert Forwarded(LOG).resolvers(("192.168.1.12", 21760), "smtp.isp1.example") == {"198.18.2.53"}


def test_a_race_names_all_that_were_asked() -> None:
    """A forwarder that asks several resolvers at once logs each."""
    assert Forwarded(LOG).resolvers(("192.168.1.13", 5), "smtp.isp2.example") == {"198.18.1.53", "198.18.2.53"}


def test_a_resolver_tells_who_asked_for_what() -> None:
    """unbound's log of questions gives client and name; its log of replies is not counted again."""
    lines = [
        "[1795533683] unbound[3720:0] info: 198.51.100.10 SMTP.isp1.example. A IN",
        "[1795533683] unbound[3720:0] info: 198.51.100.10 smtp.isp1.example. A IN NOERROR 0.000000 1 51",
        "[1795533683] unbound[3720:0] info: start of service (unbound 1.17.1).",
    ]
    assert queried(lines) == {("198.51.100.10", "smtp.isp1.example")}
