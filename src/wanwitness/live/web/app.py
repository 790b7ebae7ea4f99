"""The page's addresses: all sessions, one session, their updates, metrics."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any

from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from wanwitness.language import Language
from wanwitness.live.journal import Follower
from wanwitness.pages import templates

from .board import Board
from .metrics import exposition
from .view import View

POLL_S = 0.5
"""So often it is looked whether the journal has grown."""
LEAST_UPDATE_S = 1.0
"""A page is drawn anew no more often."""
_STATIC = {"htmx.min.js": "text/javascript", "hx-sse.min.js": "text/javascript", "live.css": "text/css"}


def application(folder: Path, since: str, language: Language) -> Starlette:
    """Return the page's application.

    Args:
        folder: the case's, with its journal.
        since: the day (YYYY-MM-DD) from which the journal is read.
        language: of all texts.
    """
    page = _Page(folder, since, language)
    routes = [
        Route("/", page.all),
        Route("/session/{id}", page.one),
        Route("/events", page.events),
        Route("/metrics", page.metrics),
        Route("/static/{name}", _static),
    ]
    return Starlette(routes=routes, lifespan=page.following)


class _Page:
    def __init__(self, folder: Path, since: str, language: Language) -> None:
        self._board = Board()
        self._follower = Follower(folder, since)
        self._view = View(self._board, folder, language)
        self._changed = asyncio.Condition()
        self._environment = templates("wanwitness.live.web")
        self._environment.globals.update(say=self._view.say, lang=language.code)

    @asynccontextmanager
    async def following(self, app: Starlette) -> AsyncIterator[None]:
        """Read the journal as long as the application runs."""
        await self._read()
        task = asyncio.create_task(self._follow())
        try:
            yield
        finally:
            task.cancel()

    async def _follow(self) -> None:
        while True:
            await asyncio.sleep(POLL_S)
            if await self._read():
                async with self._changed:
                    self._changed.notify_all()

    async def _read(self) -> bool:
        """Take in what the journal has more; return whether that was anything."""
        any_more = False
        while rows := await asyncio.to_thread(self._follower.poll):
            self._board.take(rows)
            any_more = True
        return any_more

    async def all(self, request: Request) -> Response:
        return self._drawn("live.html", **self._view.board())

    async def one(self, request: Request) -> Response:
        session = self._view.session(request.path_params["id"])
        if session is None:
            return self._drawn("missing.html", status=404)
        return self._drawn("session.html", **session)

    async def events(self, request: Request) -> Response:
        return EventSourceResponse(self._updates(), ping=15, headers={"X-Accel-Buffering": "no"})

    async def _updates(self) -> AsyncIterator[ServerSentEvent]:
        """Yield the board as it is, and again each time that it changes."""
        drawn = -1
        while True:
            async with self._changed:
                while self._board.version == drawn:
                    await self._changed.wait()
            drawn = self._board.version
            yield ServerSentEvent(self._environment.get_template("board.html").render(**self._view.board()))
            await asyncio.sleep(LEAST_UPDATE_S)

    async def metrics(self, request: Request) -> Response:
        return Response(exposition(self._board), media_type="text/plain; version=0.0.4")

    def _drawn(self, template: str, status: int = 200, **values: Any) -> Response:
        return HTMLResponse(self._environment.get_template(template).render(**values), status)


async def _static(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in _STATIC:
        return Response(status_code=404)
    content = files("wanwitness.live.web").joinpath("static", name).read_bytes()
    return Response(content, media_type=_STATIC[name])
