"""wanwitness: why mail is refused behind a router with several Internet links, read from packet captures.

A capture goes through these rooms in order; each imports only rooms above it in this list:

    model        the words that all rooms share, as types
    language     sentences put into words, in English or another language
    wrong_use    what a user asked for and cannot have, as sentences
    oddities     what is broken or unexpected, as sentences
    site         site.toml, and what the captures themselves show of the site
    sources      a file, compressed or not, or a pipe             ─► bytes
    ingest       pcap, pcapng                                     ─► Frames: a window of packets as numpy columns
    packets      decode/ layers of headers, select/ who is wanted ─► Packets: their headers as columns
    streams      TCP reassembled, both directions in causal order ─► bytes, each traced to its frame
    protocols    dns, smtp, pop, imap, web names, dhcp, ppp       ─► rows: exchanges, dialogues, claims
    inputs       which files there are, and what each saw
    reading      all of that for each capture point               ─► Point: its rows
    secrets      TLS opened with its keys, by tshark              ─► Point: with what was said inside
    correlate    clocks, points, crossings, coverage, sessions    ─► Session: a connection across the router
                 resolutions: which answer gave its address       ─► Resolved: candidates and what objects to each
    verdict      outcome, refusals, findings, verdict, pure       ─► Judgement: what the evidence says of a session
    judged       the two of them: of whole captures, and of what a live run has so far
    remedies     what to do about a cause, router by router
    hypotheses   episodes, rivals, two tests                      ─► which explanation of the refusals is true
    case         the document (case.json), its tables, its folder
    evidence     each session's own frames, in one capture
    redaction    the site's names and addresses replaced by others, everywhere
    pages        what all HTML pages share: their texts escaped, and nothing else let in
    report       what a person reads: page, figures, letters, summary
    wanted       what is wanted of an analysis, beside its captures
    written      a case written into its folder: findings, evidence, report
    uncollected  Python's collector of cycles, at rest meanwhile
    pipeline     the stages in order
    api          what Python programs call
    redraw       a case's report made again, without the captures
    lab, verify  outside: the dual-WAN lab; a case read once more, by tshark
    compare      outside: two cases, of before and after: is it mended?
    live         outside: interfaces captured for weeks, each session judged soon after its end
    fleet        outside: many sites, a task each, and what they have in common
    demo         the incident that it all began with, as the package brings it
    cli          the command line

Broken traffic becomes an `Oddity`; broken use is a `WanwitnessError`.

Each room's page (`ROOM/__init__.py`) says what its files are for. Where a change goes:

    a file format          ingest/, a reader in the list of readers.py     a compression     sources/compression.py
    a tunnel               packets/decode/tunnels.py                       a link type       packets/decode/link.py
    who is wanted          packets/select/                                 a mail port       packets/ports.py
    an SMTP command        protocols/smtp/command.py                       a DNS type        protocols/dns/message.py
    what a provider gives  protocols/dhcp/, protocols/provisions.py        a rotation's name reading/rotation.py
    a key for crossings    correlate/crossings/by_KEY.py, tried in order by pairing.py
    a resolver's habit     correlate/resolutions/habits.py                 a forwarder's     forwarder*.py beside it
    a doubt of an answer   correlate/resolutions/objections.py, missed.py
    a refusal rule         verdict/refusals/rules.toml                     a mail provider   providers.toml beside it
    a finding              verdict/findings.py, a function in its list     an outcome        verdict/outcome.py
    a rival explanation    hypotheses/conditions.py, ORDER in weigh.py, its sentences in catalogue.py
    a router's remedy      remedies/routers/FAMILY.toml
    a threshold            assumptions.py of the room that uses it
    a field of the case    case/schema/, and build_TABLE.py                an output table   case/csv.py, table.py
    a figure               report/figures/FIGURE.py, in the list of its __init__
    a sentence             catalogue.py or sentences.py of its room        a language        language/locale/LANGUAGE
    a key of the site file site/schema.py                                  a command         cli/COMMAND.py
    a lab scenario         lab/scenarios/

Words that a newcomer meets:

    link            one Internet access of the site
    capture point   a place where packets were seen: the LAN side of the router, or the WAN side of one link
    crossing        the LAN stream and the WAN stream that are one connection on both sides of the router
    resolution      how a session's address came about: question, resolver, the link that the question left by
    opener          who opened the connection on the WAN: the client, or the router in its place
    candidate       what may be it: an answer that the opener may have used, a stream that may be another's other side
    mismatch        what speaks against a candidate for a stream's other side; an assignment takes those with the fewest
    objection       what speaks against an answer: another one, or none that was captured, would look alike
    habit           what a host is seen to do in this case: connect at once, keep answers, refresh them
    forwarder       the router's own DNS server, which asks upstream and keeps answers
    reference clock the first LAN capture's; every other capture's is aligned to it, with an uncertainty
    feasible lines  the offsets and drifts of a clock that contradict no sighting; a breakpoint is where it stepped
    blind spot      a time in which a capture may have missed an exchange: absence proves nothing there
    judgement       what the evidence says of one session: verdict, outcome, findings, and the frames of each
    one-sided       a stream of one side that has no counterpart on the other
    episode         a try that is evidence of its own: retries under the same conditions count once
    turned, runs    the two tests: outcomes turned in time, and series with as many bursts of refusals
    oddity          broken or unexpected traffic, kept as a row with its place
"""

from typing import TYPE_CHECKING, Any

from .errors import CaptureError, SiteError, UsageError, WanwitnessError

if TYPE_CHECKING:
    __version__: str
    from .api import analyze
    from .case import Case
    from .model import Site

__all__ = ["CaptureError", "Case", "Site", "SiteError", "UsageError", "WanwitnessError", "__version__", "analyze"]


def __getattr__(name: str) -> Any:
    """Load the public names when they are first asked for, so that `--help` need not wait for numpy (PEP 562)."""
    if name == "analyze":
        from .api import analyze

        return analyze
    if name == "Case":
        from .case import Case

        return Case
    if name == "Site":
        from .model import Site

        return Site
    if name == "__version__":
        from importlib.metadata import version

        return version("wanwitness")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """Name what is public, also where it is loaded only when asked for: for completion."""
    return sorted({*(name for name in globals() if name.startswith("__")), *__all__})
