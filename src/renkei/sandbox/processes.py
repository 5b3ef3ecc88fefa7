"""Starting, watching, stopping and killing the network's systems: each an operating system process of its own."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from renkei.terms.bodies import SystemName
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

_POLL_S: Final = 0.02
_READY_S: Final = 60.0
_STOP_S: Final = 10.0


class Ready(msgspec.Struct, frozen=True):
    """The line that a system prints on standard output once all its doors are open."""

    ready: str
    url: str


@dataclass(slots=True)
class Started:
    """A running system."""

    name: SystemName
    pid: int
    ready_ms: int = 0


def command(kind: str, config: Path) -> list[str]:
    """What starts a system: this very interpreter and program, so that no other version can slip in."""
    return [sys.executable, "-m", "renkei.cli", "run", kind, "--config", str(config)]


def spawn(name: SystemName, kind: str, config: Path, output: Path) -> Started:
    """Start a system in its own session; it outlives us unless it is stopped."""
    with output.open("wb") as out:
        child = subprocess.Popen(
            command(kind, config),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    _CHILDREN[child.pid] = child
    return Started(name, child.pid)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Ctrl-C and SIGTERM come afterwards: between a start and its note, or in a stop, they would leave systems behind.

    A second Ctrl-C raises wherever the program is, and `timeout -s INT` sends two at once.
    """
    if threading.current_thread() is not threading.main_thread():  # signals are the main thread's affair
        yield
        return
    came: list[int] = []
    kept = {
        number: signal.signal(number, lambda number, _: came.append(number))
        for number in (signal.SIGINT, signal.SIGTERM)
        if signal.getsignal(number) not in {signal.SIG_IGN, None}
    }
    try:
        yield
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)
        for one in dict.fromkeys(came):
            signal.raise_signal(one)


_CHILDREN: Final[dict[int, "subprocess.Popen[bytes]"]] = {}
"""Our own children, so that their ends are collected; a network taken over from another run has none here."""


async def until_ready(started: Started, output: Path, log: Path | None = None) -> None:
    """Wait for the ready line; a system that ended instead is shown with the last lines that it printed and logged."""
    begun = _now_ms()
    while _now_ms() - begun < _READY_S * 1_000:
        if (ready := _ready_line(output)) is not None and ready.ready == started.name:
            started.ready_ms = _now_ms() - begun
            return
        if not alive(started.pid):
            break
        await asyncio.sleep(_POLL_S)
    tail = "\n".join([*_last_lines(output, 15), *_last_lines(log, 1)])
    raise RenkeiError(Problem.UNREACHABLE, f"{started.name} did not become ready; it said:\n{tail}")


def _last_lines(file: Path | None, count: int) -> list[str]:
    return file.read_text(errors="replace").splitlines()[-count:] if file is not None and file.exists() else []


def _now_ms() -> int:
    """Milliseconds of a clock that only goes forward."""
    return int(asyncio.get_running_loop().time() * 1_000)


def _ready_line(output: Path) -> Ready | None:
    for line in output.read_bytes().splitlines():
        if line.startswith(b'{"ready"'):
            return msgspec.json.decode(line, type=Ready)
    return None


def alive(pid: int) -> bool:
    """Whether the process runs (a zombie does not)."""
    child = _CHILDREN.get(pid)
    if child is not None:
        return child.poll() is None
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def is_ours(pid: int, config: Path) -> bool:
    """Whether that process is the system with this configuration, and not a later process with the same number."""
    child = _CHILDREN.get(pid)
    if child is not None:
        # Started this moment, perhaps: the kernel may show its arguments only some time after `spawn` has returned.
        return child.poll() is None and str(config) in msgspec.convert(child.args, list[str])
    try:
        arguments = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return os.fsencode(config) in arguments


def kill(pid: int) -> None:
    """SIGKILL: no warning, no clean-up, as in a power cut of that one system."""
    _send(pid, signal.SIGKILL)
    child = _CHILDREN.pop(pid, None)
    if child is not None:
        child.wait()


async def stop(pids: Sequence[int]) -> None:
    """SIGTERM to all at once, wait for all, SIGKILL to what is left after ten seconds."""
    for pid in pids:
        _send(pid, signal.SIGTERM)
    begun = _now_ms()
    while any(alive(pid) for pid in pids) and _now_ms() - begun < _STOP_S * 1_000:
        await asyncio.sleep(_POLL_S)
    for pid in pids:
        if alive(pid):
            kill(pid)
        _CHILDREN.pop(pid, None)


def _send(pid: int, what: signal.Signals) -> None:
    try:
        os.kill(pid, what)
    except ProcessLookupError:
        return
