"""How a session's address came about: does tshark read the same questions and answers?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dns import rdatatype

from wanwitness.model.nat64 import same_host

from .checks import Checks
from .clocks import SECOND, Aligned, Clocks
from .frame import ACK, CNAME, MX, SRV, SYN, Frame
from .reading import Reading
from .streams import SIDES, Streams


class Resolutions:
    """Compares each session's resolution, and what else may have been its answer.

    Args:
        reading: what tshark reads.
        clocks: the captures' clocks.
        streams: the sessions' connections.
        checks: takes down what is compared.
    """

    def __init__(self, reading: Reading, clocks: Clocks, streams: Streams, checks: Checks) -> None:
        self._reading, self._clocks, self._streams, self._checks = reading, clocks, streams, checks

    def check(self, session: Mapping[str, Any]) -> None:
        """Compare one session's."""
        where = f"session {session['id']}"
        self._asked_name(session, where)
        if session["resolution"] is not None:
            self._resolution(session, session["resolution"], f"{where} resolution")
        for index, candidate in enumerate(session.get("candidates") or ()):
            self._candidate(session, candidate, f"{where} candidates[{index}]")

    def _asked_name(self, session: Mapping[str, Any], where: str) -> None:
        name, file_names = session["asked_name"], set()
        if name is None:
            return
        files = [self._reading.file(n) for n in range(len(self._reading.captures))]
        for file in files:
            if file is not None:
                for address, names in file.names.items():
                    if same(address, session["server"]["ip"]):
                        file_names |= names
        if name not in file_names and any(file is None or file.carved for file in files):
            self._checks.cannot(f"{where} asked_name", "not all captures are there")
            return
        if name not in file_names and not any(self._streams.of(session, side) for side in SIDES):
            self._checks.cannot(f"{where} asked_name", "tshark does not get to what is wrapped in its file")
            return
        if name not in file_names and any(row["damage"] for row in self._reading.captures):
            self._checks.cannot(f"{where} asked_name", "a capture is damaged, and tshark reads it no further")
            return
        self._checks.compare("dns", name in file_names, f"{where} asked_name", name, file_names)

    def _resolution(self, session: Mapping[str, Any], told: Mapping[str, Any], where: str) -> None:
        answers: list[Frame] = []
        for index, step in enumerate(told["steps"]):
            answers += self._step(told, step, f"{where}.steps[{index}]")
        frames = [step["answer_frame"] for step in told["steps"] if step["answer_frame"] is not None]
        if not frames or not self._reading.whole(frames):
            self._checks.cannot(
                where, "its answers were not captured" if not frames else "tshark has not read them all"
            )
            return
        self._answer(told, answers, where, frames)
        servers = {step["server"]["ip"] for step in told["steps"]}
        if told["resolver_ip"] is not None:
            known = told["resolver_ip"] in servers
            self._checks.compare("address", known, f"{where}.resolver_ip", told["resolver_ip"], servers, frames)
        self._times(session, told, where)
        self._cache(told, where)

    def _step(self, told: Mapping[str, Any], step: Mapping[str, Any], where: str) -> Iterator[Frame]:
        client, server = ((step[end]["ip"], step[end]["port"]) for end in ("client", "server"))
        for key, ends in (("query_frame", (*client, *server)), ("answer_frame", (*server, *client))):
            ref = step[key]
            frame = self._reading.frame(ref)
            if ref is None or frame is None or not frame.is_understood:
                continue
            compare, at = self._checks.compare, f"{where}.{key}"
            if not compare("dns", frame.is_dns, at, "a DNS message", ":".join(frame.protocols), [ref]):
                continue
            kind = "an answer" if key == "answer_frame" else "a question"
            other = "an answer" if frame.is_answer else "a question"
            compare("dns", kind == other, at, kind, other, [ref])
            words = f"{ends[0]} port {ends[1]} to {ends[2]} port {ends[3]}"
            compare("address", frame.goes(*ends), f"{where} client and server", words, frame.ends, [ref])
            compare("dns", step["id"] in frame.dns_ids, f"{where}.id", step["id"], frame.dns_ids, [ref])
            types = {rdatatype.to_text(rdatatype.RdataType.make(qtype)) for qtype in frame.qtypes}
            if step is told["steps"][0] and frame.questions:
                compare("dns", told["type"] in types, f"{where} type", told["type"], types, [ref])
            point = self._reading.captures[ref[0]]
            role = "lan" if point["role"] == "lan" else point["link"]
            compare("link", step["point"] == role, f"{where}.point", step["point"], role, [ref])
            if key == "answer_frame":
                yield frame

    def _answer(
        self, told: Mapping[str, Any], answers: Sequence[Frame], where: str, frames: Sequence[Sequence[int]]
    ) -> None:
        compare = self._checks.compare
        names = {name for frame in answers for name in (*frame.questions, *(r.owner for r in frame.records))}
        compare("dns", told["name"] in names, f"{where}.name", told["name"], names, frames)
        addresses = {r.data for frame in answers for r in frame.records if r.qtype in (1, 28) and r.data is not None}
        agrees = any(same(address, told["address"]) for address in addresses)
        compare("address", agrees, f"{where}.address", told["address"], addresses, frames)
        asked = told["steps"][0]
        if asked["answer_frame"] is None:
            self._checks.cannot(f"{where}.ttl_s", "the answer to the host itself was not captured")
            return
        ttls = _ttls(answers[:1], told["address"])
        compare("dns", told["ttl_s"] in ttls, f"{where}.ttl_s", told["ttl_s"], ttls, [asked["answer_frame"]])

    def _times(self, session: Mapping[str, Any], told: Mapping[str, Any], where: str) -> None:
        ref = told["steps"][0]["answer_frame"]
        frame = self._reading.frame(ref)
        if frame is None or not frame.is_understood:
            self._checks.cannot(f"{where}.answered_at", "the answer to the host itself was not captured")
            return
        came = self._clocks.aligned(ref[0], frame.ts_ns)
        self._checks.compare(
            "time", came.is_(told["answered_at"]), f"{where}.answered_at", told["answered_at"], "another time", [ref]
        )
        openings = list(self._openings(session))
        if not openings:
            self._checks.cannot(f"{where}.age_s", "the packet that opened the connection was not captured")
            return
        age = round(told["age_s"] * SECOND)
        agrees = any(came.is_before(opening, age) for opening in openings)
        found = {f"{(opening.at_ns[0] - came.at_ns[0]) / SECOND:.9f}" for opening in openings}
        self._checks.compare("time", agrees, f"{where}.age_s", told["age_s"], found, [ref])
        expired = told["ttl_s"] > 0 and told["age_s"] > told["ttl_s"]
        if told["expired"] and not expired:
            self._checks.compare("dns", False, f"{where}.expired", True, "it is not older than its TTL", [ref])

    def _cache(self, told: Mapping[str, Any], where: str) -> None:
        """What was served from a cache was fetched before it was asked for; else it was fetched because of that."""
        asked, fetched = told["steps"][0]["query_frame"], [step["answer_frame"] for step in told["steps"][1:]]
        question = self._reading.frame(asked)
        answers = self._reading.frames(ref for ref in fetched if ref is not None)
        if told["from_cache"]:
            found = "nobody else was asked"
            self._checks.compare("dns", bool(fetched), f"{where}.from_cache", True, found, [asked] if asked else ())
        if question is None or not question.is_understood or not answers:
            return
        begun = self._clocks.aligned(asked[0], question.ts_ns)
        came = [self._clocks.aligned(ref[0], frame.ts_ns) for ref, frame in answers]
        later = [one.at_ns[0] - begun.at_ns[0] for one in came]
        if all(abs(gap) > begun.within_ns + one.within_ns for gap, one in zip(later, came, strict=True)):
            agrees = told["from_cache"] == (max(later) < 0)
            found = f"the answer came {max(later) / SECOND:.6f} s after the question"
            refs = [asked, *(ref for ref, _ in answers)]
            self._checks.compare("dns", agrees, f"{where}.from_cache", told["from_cache"], found, refs)

    def _openings(self, session: Mapping[str, Any]) -> Iterator[Aligned]:
        """When the connection was opened on each side."""
        for side in SIDES:
            for capture, frame in self._streams.everywhere(session, side):
                if frame.flags & SYN and not frame.flags & ACK:
                    yield self._clocks.aligned(capture, frame.ts_ns)

    def _candidate(self, session: Mapping[str, Any], told: Mapping[str, Any], where: str) -> None:
        if not told["frames"]:
            self._checks.cannot(where, "it rests on no frame")
            return
        if not self._reading.whole(told["frames"]):
            self._checks.cannot(where, "tshark has not read all its frames")
            return
        frames = [frame for _, frame in self._reading.frames(told["frames"])]
        compare = self._checks.compare
        for ref, frame in zip(told["frames"], frames, strict=True):
            compare("dns", frame.is_dns, where, "a DNS message", ":".join(frame.protocols), [ref])
        answers = [(ref, frame) for ref, frame in zip(told["frames"], frames, strict=True) if frame.is_answer]
        if not answers:
            self._checks.cannot(where, "its answers were not captured")
            return
        names = {name for frame in frames for name in frame.questions}
        targets = {session["server"]["ip"], *((session["crossing"] or session)["server"]["ip"],)}
        holds = any(same(r.data, ip) for _, frame in answers for r in frame.records for ip in targets if r.data)
        compare("address", holds, where, targets, {r.data for _, f in answers for r in f.records}, told["frames"])
        asked = {name for ref, frame in answers for name in (*frame.questions, *(r.owner for r in frame.records))}
        compare("dns", names <= asked, where, names, asked, told["frames"])
        if told.get("ttl_s") is not None:
            ttls = set().union(*(_ttls([frame], ip) for _, frame in answers for ip in targets))
            compare("dns", told["ttl_s"] in ttls, f"{where}.ttl_s", told["ttl_s"], ttls, told["frames"])
        openings = list(self._openings(session))
        came = [self._clocks.aligned(ref[0], frame.ts_ns) for ref, frame in answers]
        if openings and told.get("before_s") is not None:
            before = round(told["before_s"] * SECOND)
            agrees = any(moment.is_before(opening, before) for opening in openings for moment in came)
            self._checks.compare("time", agrees, f"{where}.before_s", told["before_s"], "another time", told["frames"])


def same(one: str, two: str) -> bool:
    """Whether two addresses are one host's: equal, or an IPv6 address made of an IPv4 one (RFC 6052)."""
    try:
        return one == two or ((":" in one) != (":" in two) and same_host(one, two))
    except ValueError:
        return False


def _ttls(answers: Sequence[Frame], address: str) -> set[int]:
    """The TTLs that an answer may be good for: the record's, or the least on the way to it."""
    own = {
        r.ttl
        for frame in answers
        for r in frame.records
        if r.data is not None and r.ttl is not None and same(r.data, address)
    }
    led = {r.ttl for frame in answers for r in frame.records if r.qtype in (CNAME, MX, SRV) and r.ttl is not None}
    return own | {min(one, two) for one in own for two in led}
