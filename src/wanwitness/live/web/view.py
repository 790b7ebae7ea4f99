"""The board as texts in a language: everything that the templates print."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from wanwitness.language import Language
from wanwitness.live.catalogue import SAY
from wanwitness.live.journal import Row

from .board import Board

WITHIN = timedelta(hours=24)
MOST_ROWS = 200
MOST_EVENTS = 20
MOST_FRAMES = 200
_MIB = 1 << 20


class View:
    """Draws a board.

    Args:
        board: what the journal says.
        folder: the case's, whose answer is told, and whose captures may be gone.
        language: of all texts; its zone is the site's.
    """

    def __init__(self, board: Board, folder: Path, language: Language) -> None:
        self._board, self._folder, self._language = board, folder, language
        self._answer: tuple[int, list[dict[str, Any]]] = (0, [])

    def say(self, kind: str, /, **args: Any) -> str:
        """Say one of the page's sentences."""
        return self._language.say(SAY(f"live-{kind}", **args))

    def board(self) -> dict[str, Any]:
        """Return what the page of all sessions prints."""
        rows = list(self._board.sessions(datetime.now(UTC), WITHIN))
        return {
            "headline": self._headline(rows),
            "answer": self._so_far(),
            "state": self._state(),
            "rows": [self._row(row) for row in rows[:MOST_ROWS]],
            "more": self.say("more", n=len(rows) - MOST_ROWS) if len(rows) > MOST_ROWS else None,
            "captures": [self._capture(row) for row in (self._board.state or {}).get("captures", ())],
            "events": [self._event(row) for row in list(self._board.events)[: -MOST_EVENTS - 1 : -1]],
        }

    def session(self, kind: str) -> dict[str, Any] | None:
        """Return what the page of one session prints; None where it is not known."""
        row = self._board.session(kind)
        if row is None:
            return None
        session = row["session"]
        streams = [session[side] for side in ("lan_stream", "wan_stream", "return_stream") if session.get(side)]
        return {
            "row": self._row(row),
            "explanation": self._language.tell(session, "explanation"),
            "reply": _reply(session),
            "findings": [self._language.tell(finding) for finding in session["findings"]],
            "filters": [(self._board.file(one["capture"]), one["tshark_filter"]) for one in streams],
            "frames": [self._frame(capture, number) for capture, number in session["frames"][:MOST_FRAMES]],
        }

    def _headline(self, rows: list[Row]) -> list[str]:
        if not rows:
            return [self.say("none")]
        flagged = sum(bool(row["session"]["flagged"]) for row in rows)
        refused = sum(row["session"]["rejection"] is not None for row in rows)
        undecided = sum(not row["final"] for row in rows)
        told = [self.say("flags", n=flagged) if flagged else self.say("no-flag")]
        if refused:
            told.append(self.say("refused", n=refused))
        if undecided:
            told.append(self.say("provisional", n=undecided))
        return told

    def _so_far(self) -> list[str]:
        """The answer of the case that the run wrote last."""
        path = self._folder / "case.json"
        try:
            changed = path.stat().st_mtime_ns
            if changed != self._answer[0]:
                answer = json.loads(path.read_text(encoding="utf-8"))["answer"]
                self._answer = (changed, answer["sentences"])
        except (OSError, ValueError, LookupError, TypeError):
            return []
        return [self._language.say(sentence) for sentence in self._answer[1]]

    def _state(self) -> list[str]:
        run, state = self._board.run, self._board.state
        told = [self.say("stopped", at=run["at"])] if run is not None and run["event"] == "end" else []
        if state is None or state["watermark"] is None:
            return [*told, self.say("waiting")]
        disk, free = (_mebibytes(state[key] or 0) for key in ("disk_bytes", "disk_free_bytes"))
        at, lag = state["watermark"], max(0.0, state["lag_s"] or 0.0)
        return [*told, self.say("state", watermark=at, lag=lag, disk=disk, free=free)]

    def _row(self, row: Row) -> dict[str, Any]:
        session = row["session"]
        verdict = session["verdict"] if row["final"] else "provisional"
        left, resolved = session["transport_link"], session["resolver_link"]
        return {
            "id": session["id"],
            "time": self._language.moment(session["start"]),
            "client": _end(session["client"]),
            "server": session["asked_name"] or _end(session["server"]),
            "links": f"{left or '?'} ← {resolved or '?'}",
            "outcome": " ".join(filter(None, (self.say(f"outcome-{session['outcome']}"), _reply(session)))),
            "verdict": self.say(f"verdict-{verdict}"),
            "flagged": bool(session["flagged"]),
            "revision": row["revision"],
        }

    def _capture(self, row: Row) -> dict[str, Any]:
        role = row["role"]
        if not row["alive"]:
            state = self.say("dead")
        elif row["up"] != "up":
            state = self.say("down" if row["up"] == "down" else "unplugged")
        else:
            state = self.say("quiet" if row["quiet"] else "up")
        return {
            "interface": row["interface"],
            "side": self.say(f"side-{role}", link=row["link"]) if role in ("lan", "wan", "mirror") else role,
            "state": state,
            "well": bool(row["alive"]) and row["up"] == "up" and not row["quiet"],
            "packets": self._language.number(row["packets"]),
            "dropped": None if row["dropped"] is None else self._language.number(row["dropped"]),
            "last": None if row["last"] is None else self._language.moment(row["last"]),
        }

    def _event(self, row: Row) -> dict[str, Any]:
        return {
            "when": self._language.moment(row["from"], until=row["to"]) if row.get("from") else None,
            "interface": row.get("interface"),
            "text": self._language.tell(row) or row.get("kind"),
        }

    def _frame(self, capture: int, number: int) -> str:
        file = self._board.file(capture)
        there = file is not None and (self._folder / file).is_file()
        return self.say("frame" if there else "gone", file=file or "?", number=number)


def _mebibytes(size: int) -> float:
    return round(size / _MIB) if size >= 10 * _MIB else round(size / _MIB, 1)


def _end(endpoint: Row) -> str:
    ip, port = endpoint["ip"], endpoint["port"]
    return f"[{ip}]:{port}" if ":" in ip else f"{ip}:{port}"


def _reply(session: Row) -> str | None:
    rejection = session["rejection"]
    if rejection is None:
        return None
    return " ".join(str(part) for part in (rejection["code"], rejection["enhanced"], rejection["text"]) if part)
