"""A world: one loop, one wire, disks and clocks, of which one seed decides all; and the trace of what happened."""

import asyncio
import hashlib
import logging
from collections.abc import Coroutine
from dataclasses import dataclass
from pathlib import Path
from random import Random  # noqa: TID251  # seeded: here luck must be repeatable
from typing import Any, Final, TypeVar

import apsw

from renkei.platform.observe import JsonLines
from renkei.platform.sql.connection import LostError
from renkei.simulation import outside
from renkei.simulation.disk import Disks
from renkei.simulation.loop import OWNER, Owner
from renkei.simulation.shared import Servers
from renkei.simulation.wire import Wire, WiredLoop
from renkei.terms.bodies import SystemName

T = TypeVar("T")
MIDNIGHT_S: Final = 1_790_002_800.0
"""2026-09-22T00:00:00+09:00: another day begins, and with it another list."""
_USUAL_S: Final = (0.000_2, 0.004)
"""How long a piece is under way while nothing is wrong, and a disk for a sync."""
_VOLATILE: Final = frozenset({"instance"})
_OF_FAULTS: Final = (apsw.IOError, apsw.FullError, LostError)
"""What faults make a store raise; everything else that nobody foresaw is a bug."""


class Weather:
    """What links and disks do at the moment: changed by faults, asked by the wire."""

    def __init__(self, luck: Random) -> None:
        self._luck = luck
        self.slow: dict[str, float] = {}
        """Systems whose pieces take up to so many seconds more."""
        self.cut: float = 0.0
        """How likely a connection breaks at any piece."""
        self.double: float = 0.0
        """How likely a request is brought twice."""
        self.apart: set[frozenset[str]] = set()
        """Pairs of systems between which nothing goes through."""

    def calm(self) -> None:
        """Nothing is wrong any more."""
        self.slow.clear()
        self.apart.clear()
        self.cut = self.double = 0.0

    def delay_s(self, sender: str, receiver: str) -> float:
        more = max(self.slow.get(sender, 0.0), self.slow.get(receiver, 0.0))
        return self._luck.uniform(*_USUAL_S) + (self._luck.random() * more if more else 0.0)

    def sync_s(self) -> float:
        return self._luck.uniform(*_USUAL_S)

    def cuts(self, sender: str, receiver: str) -> bool:  # noqa: ARG002  # every link alike
        return self.cut > 0 and self._luck.random() < self.cut

    def reaches(self, sender: str, receiver: str) -> bool:
        return not self.apart or frozenset((sender, receiver)) not in self.apart

    def doubles(self, sender: str, receiver: str) -> bool:  # noqa: ARG002  # as above
        return self.double > 0 and self._luck.random() < self.double


@dataclass(frozen=True, slots=True)
class WrongClock:
    """A clock that jumped by `by_s`, and since `since_s` gains `rate` seconds in each (less than 0: loses)."""

    by_s: float = 0.0
    rate: float = 0.0
    since_s: float = 0.0

    def ahead_s(self, now_s: float) -> float:
        """By how much it is wrong."""
        return self.by_s + self.rate * (now_s - self.since_s)


class World:
    """Where a network lives.

    Args:
        seed: decides everything.
        disks: of this process.
        began_s: when it begins, in seconds since 1970.
    """

    def __init__(self, seed: int, disks: Disks, began_s: float) -> None:
        self.seed = seed
        self._began_s = began_s
        self.luck = Random(f"world {seed}")  # noqa: S311
        self._entropy = Random(f"entropy {seed}")  # noqa: S311
        self.weather = Weather(Random(f"weather {seed}"))  # noqa: S311
        self.disks = disks
        self.servers = Servers()
        self.wrong: dict[SystemName, WrongClock] = {}
        """Systems whose clock is wrong."""
        self.loop = WiredLoop(self.weather.sync_s)
        self.wire = Wire(self.loop, self.weather, self)
        self.loop.wire = self.wire
        self.trace = Trace(self.loop)

    def now_s(self, owner: Owner | None) -> float:
        """Seconds since 1970, as that system sees it."""
        now_s = self.loop.time()
        wrong = None if owner is None else self.wrong.get(SystemName(owner.name))
        return self._began_s + now_s + (wrong.ahead_s(now_s) if wrong else 0.0)

    def now_ms(self) -> int:
        """The true time."""
        return int(self.now_s(None) * 1_000)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run something in this world until it is done."""
        here = outside.replaced(lambda: self.now_s(OWNER.get()), self.loop.time, self._entropy, self.servers)
        with here, self.trace.listening():
            asyncio.set_event_loop(self.loop)
            try:
                return self.loop.run_until_complete(work)
            finally:
                asyncio.set_event_loop(None)


class Trace(logging.Handler):
    """Everything that was said and done, a line each; the same seed gives the same lines."""

    def __init__(self, loop: WiredLoop) -> None:
        super().__init__()
        self._loop = loop
        self.lines: list[str] = []
        self.written: list[str] = []
        """What systems say, as they write it: beside the trace, for it names files and moments of this machine too."""
        self.bugs: list[str] = []
        """Exceptions that nobody foresaw."""

    def say(self, text: str) -> None:
        """Note what the world does."""
        self.lines.append(f"{self._loop.time():12.6f} {text}")

    def emit(self, record: logging.LogRecord) -> None:
        self.written.append(JsonLines(str(OWNER.get() or "outside")).format(record))
        fields = {key: value for key, value in getattr(record, "renkei", {}).items() if key not in _VOLATILE}
        told = " ".join(f"{key}={value}" for key, value in fields.items())
        self.say(f"{OWNER.get() or 'outside'}: {_first_line(record)} {told}".rstrip())
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            what = f"{type(error).__name__} in {_place(error)}"
            self.say(f"  {what}")
            if not isinstance(error, _OF_FAULTS):
                self.bugs.append(f"{_first_line(record)}: {what}")

    def listening(self) -> "_Listening":
        """While systems speak, their lines come here and nowhere else."""
        return _Listening(self)

    def digest(self) -> str:
        """SHA-256 of the lines."""
        return hashlib.sha256("\n".join(self.lines).encode()).hexdigest()


class _Listening:
    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self._root, self._own = logging.getLogger(), logging.getLogger("renkei")

    def __enter__(self) -> None:
        self._before = self._root.handlers[:], self._root.level, self._own.level
        self._root.handlers[:] = [self._trace]
        self._root.setLevel(logging.WARNING)
        self._own.setLevel(logging.INFO)

    def __exit__(self, *_: object) -> None:
        self._root.handlers[:], level, own = self._before
        self._root.setLevel(level)
        self._own.setLevel(own)


def _first_line(record: logging.LogRecord) -> str:
    """What a library says further down names objects by their addresses."""
    return str(record.msg).partition("\n")[0]


def _place(error: BaseException) -> str:
    """The innermost function of ours, or else of whoever's."""
    ours, last, trace = None, "?", error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        last = f"{Path(code.co_filename).stem}.{code.co_name}:{trace.tb_lineno}"
        ours = last if "/renkei/" in code.co_filename else ours
        trace = trace.tb_next
    return ours or last
