"""One process of the peer: `python -m bench.peers.process SETTINGS.json FD`, FD being its listening socket.

It ends when its standard input is closed, so that it never outlives whoever started it.
"""

import os
import socket
import ssl
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from pathlib import Path
from typing import Final

import uvicorn
from fastapi import FastAPI

from bench.peers.certificates import tls_context
from bench.peers.parts import Parts
from bench.peers.settings import Role, Settings

BUILD: Final[dict[Role, tuple[str, str]]] = {
    "inquirer": ("inquirer", "build"),
    "interface_a": ("interface", "build_a"),
    "core": ("core", "build"),
    "interface_b": ("interface", "build_b"),
    "provider": ("provider", "build"),
}
"""Module and function; a process loads only its own."""


def app_of(settings: Settings) -> FastAPI:
    module, function = BUILD[settings.role]
    build = getattr(import_module(f"bench.peers.{module}"), function)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        parts = Parts(settings)
        build(app, settings, parts)
        try:
            yield
        finally:
            await parts.close()

    app = FastAPI(lifespan=lifespan, openapi_url=None)

    @app.get("/health")
    async def health() -> str:
        return settings.role

    return app


def end_with_parent() -> None:
    def watch() -> None:
        sys.stdin.buffer.read()
        os._exit(0)

    threading.Thread(target=watch, daemon=True).start()


def main() -> None:
    settings = Settings.model_validate_json(Path(sys.argv[1]).read_bytes())
    end_with_parent()
    config = uvicorn.Config(
        app_of(settings),
        loop="uvloop",
        http="auto",  # httptools where it is installed
        ws="none",
        access_log=False,
        log_level="warning",
        server_header=False,
        date_header=False,
        timeout_keep_alive=60,
        timeout_graceful_shutdown=1,
        ssl_context_factory=lambda _config, _default: tls_context(settings.tls, ssl.Purpose.CLIENT_AUTH),
    )
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=int(sys.argv[2]))])


if __name__ == "__main__":
    main()
