"""The two interfaces: each door passes what it gets on to one place, and the reply back."""

from collections.abc import Awaitable, Callable

from fastapi import FastAPI, Request, Response

from bench.peers.parts import Parts
from bench.peers.settings import Settings


def build_a(app: FastAPI, settings: Settings, parts: Parts) -> None:
    app.post("/inquiries")(_forward(parts, settings.urls["core"] + "/inquiries"))
    app.post("/answers")(_forward(parts, settings.urls["inquirer"] + "/answers"))


def build_b(app: FastAPI, settings: Settings, parts: Parts) -> None:
    app.post("/notices")(_forward(parts, settings.urls["provider"] + "/notices"))
    app.post("/answers")(_forward(parts, settings.urls["interface_a"] + "/answers"))
    app.post("/reports")(_forward(parts, settings.urls["core"] + "/reports"))


def _forward(parts: Parts, url: str) -> Callable[[Request], Awaitable[Response]]:
    async def forward(request: Request) -> Response:
        status, reply = await parts.client.post(url, await request.body())
        return Response(reply, status, media_type="application/json")

    return forward
