"""One system as one operating-system process: wire, start, say ready, wait, stop."""

import asyncio
import gc
import json
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path
from typing import Final, Protocol, TypeVar

import uvloop

from renkei.platform.config import Settings, load
from renkei.platform.observe import configure, event, failure
from renkei.terms.bodies import SystemName
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

GC_THRESHOLD: Final = 20_000
"""Objects made before the collector looks at the young ones; a message of a thousand entries makes far more."""
Stop = Callable[[str], None]
"""Ends the process for a reason that it must not outlive, e.g. a store that failed. Callable from any thread."""


class SystemSettings(Settings, frozen=True):
    """What every system's configuration says; each adds its own to it."""

    name: SystemName
    log: Path | None = None
    """Where log lines go; without it: stderr."""


C = TypeVar("C", bound=SystemSettings)


class Part(Protocol):
    """Something with a beginning and an end: a server, a keeper, a witness."""

    def start(self) -> Awaitable[None] | None: ...
    async def stop(self) -> None: ...


class Listening(Protocol):
    """What knows its address once it has started: the system's server."""

    url: str


@dataclass(frozen=True, slots=True)
class System:
    """A wired system: parts are started in order and stopped in reverse; then `closing` runs, in reverse too."""

    name: str
    server: Listening
    parts: Sequence[Part]
    closing: Sequence[Callable[[], Awaitable[None]]] = field(default=())
    """Stores and clients that the wiring has opened."""


class Exit(IntEnum):
    """How a system's process ends."""

    STOPPED = 0
    WRONG_SETUP = 2
    """Configuration or store: a restart will not help, an operator will."""
    FAILED = 3
    """While running: a restart from the durable state will help."""


def run_from_file(kind: str, file: Path, settings: type[C], build: Callable[[C, Stop], Awaitable[System]]) -> Exit:
    """Run a system as its configuration file says: the whole life of the process; its exit code."""

    async def start(stop: Stop) -> System:
        config = load(file, settings)
        configure(config.name, config.log)
        return await build(config, stop)

    return run_system(kind, start)


def run_system(name: str, build: Callable[[Stop], Awaitable[System]]) -> Exit:
    """Run a system until SIGTERM, SIGINT or a failure; the process's exit code.

    When it is ready it writes one JSON line to stdout, `{"ready": name, "url": ..., "pid": ...}`, and nothing else.
    """
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(_run(build))
    except RenkeiError as error:
        failure("system-not-started", error)
        wrong = error.problem in {Problem.BAD_CONFIGURATION, Problem.BAD_STORE}
        print(f"{name}: {error}", file=sys.stderr)  # noqa: T201  # for whoever started it by hand
        return Exit.WRONG_SETUP if wrong else Exit.FAILED
    except Exception as error:  # noqa: BLE001  # the outermost edge of the process
        failure("system-failed", error)
        # Of another kind of exception the text may repeat what it tripped over: the log has its type and frames.
        says = error if isinstance(error, OSError) else type(error).__name__
        print(f"{name}: {says}", file=sys.stderr)  # noqa: T201  # as above
        return Exit.FAILED


async def _run(build: Callable[[Stop], Awaitable[System]]) -> Exit:
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[Exit] = loop.create_future()

    def end(why: str, code: Exit) -> None:
        event("stopping", why=why)
        if not ended.done():
            ended.set_result(code)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, end, number.name, Exit.STOPPED)

    def stop(why: str) -> None:
        loop.call_soon_threadsafe(end, why, Exit.FAILED)

    system = await build(stop)
    async with AsyncExitStack() as stack:
        for close in system.closing:
            stack.push_async_callback(close)
        for part in system.parts:
            begun = part.start()
            if begun is not None:
                await begun
            stack.push_async_callback(part.stop)
        # What stands now stands until the end (law, keys, doors): the collector need not walk over it again and again.
        gc.collect()
        gc.freeze()
        gc.set_threshold(GC_THRESHOLD)
        _say_ready(system)
        code = await ended
    event("stopped")
    return code


def _say_ready(system: System) -> None:
    ready = {"ready": system.name, "url": system.server.url, "pid": os.getpid()}
    sys.stdout.write(json.dumps(ready, separators=(",", ":")) + "\n")
    sys.stdout.flush()
    event("ready", url=system.server.url)
