"""Sending loops: what waits for a destination goes together in the next message (design 1, natural batching).

What is due is a state in the store; a pump only empties it. So a crash anywhere loses nothing: at the next start the
pump loads what is still due. One pump per destination: a slow or absent peer slows nobody else.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from enum import Enum
from functools import partial
from typing import Final, Generic, TypeVar

from renkei.platform.entropy import Entropy, system_entropy
from renkei.platform.observe import event, failure
from renkei.platform.peers.client import PeerUnreachableError

T = TypeVar("T")
K = TypeVar("K", bound=Hashable)

FEW: Final = 64
"""Items of a delivery: from so many on a message is large enough."""
_TELL_AT: Final = frozenset({1, 10, 100})
"""Which failures in a row are logged; then every thousandth."""


class PumpState(Enum):
    """What a pump is doing, for people who ask why something has not left yet."""

    IDLE = "idle"
    SENDING = "sending"
    BACKING_OFF = "backing-off"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class PumpOptions:
    """Waiting between failures: doubling from `first_ms` to `last_ms`, less up to a half by chance.

    `max_idle_ms`: look again after so long even if nobody woke the pump, for items that become due by time.
    `rest_ms`: after everything was delivered, wakes wait so long, for pumps that anybody's message may wake.
    `gather_ms`: after a delivery of few, what becomes due waits so long for others to go with it. Who was idle delivers
    at once; under load messages grow, and each costs less (ADR 0016).
    """

    first_ms: int = 50
    last_ms: int = 5_000
    max_idle_ms: int | None = None
    rest_ms: int = 0
    gather_ms: int = 0
    entropy: Entropy = system_entropy


GATHER: Final = PumpOptions(gather_ms=10)
"""Of loops that carry inquiries, one of many people each."""


class Pump(Generic[T]):
    """One destination.

    `load` gives what is due, and is called again after each delivery until it gives nothing. `deliver` makes its effect
    durable before it returns. PeerUnreachableError from either backs off; any other exception is logged as the bug it
    is, and backs off too: the items stay due.
    """

    def __init__(
        self,
        name: str,
        load: Callable[[], Awaitable[list[T]]],
        deliver: Callable[[list[T]], Awaitable[None]],
        options: PumpOptions | None = None,
    ) -> None:
        self.name = name
        self.state = PumpState.STOPPED
        self.failures = 0
        """In a row, up to now."""
        self._load = load
        self._deliver = deliver
        self._options = options or PumpOptions()
        self._woken = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin, with a look at what is due from before."""
        assert self._task is None, "started twice"
        self._woken.set()
        self._task = asyncio.get_running_loop().create_task(self._run(), name=f"pump {self.name}")

    def wake(self) -> None:
        """Something became due, or the peer was heard of: look now, or as soon as `first_ms` after a failure."""
        self._woken.set()

    async def stop(self) -> None:
        """Stop at once: what is under way is repeated after the next start, and that is harmless."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None
        self.state = PumpState.STOPPED

    async def _run(self) -> None:
        idle_ms, rest_ms = self._options.max_idle_ms, self._options.rest_ms
        if idle_ms is not None:
            rest_ms = min(rest_ms, idle_ms)
            idle_ms -= rest_ms
        while True:
            self.state = PumpState.IDLE
            await self._wait(idle_ms)
            await self._empty()
            self.state = PumpState.IDLE
            await asyncio.sleep(rest_ms / 1000)

    async def _empty(self) -> None:
        """Load and deliver until nothing is due."""
        while True:
            self._woken.clear()
            self.state = PumpState.SENDING
            try:
                items = await self._load()
                if not items:
                    return
                await self._deliver(items)
            except Exception as error:  # noqa: BLE001  # the loop must not end; it says what it met
                await self._back_off(error)
            else:
                self._recovered()
                if self._options.gather_ms and len(items) < FEW:
                    await asyncio.sleep(self._options.gather_ms / 1000)

    def _recovered(self) -> None:
        if self.failures:
            event("pump-recovered", pump=self.name, failures=self.failures)
        self.failures = 0

    async def _back_off(self, error: Exception) -> None:
        self.failures += 1
        self.state = PumpState.BACKING_OFF
        if not isinstance(error, PeerUnreachableError):
            failure("pump-failed", error, pump=self.name, failures=self.failures)
        elif self.failures in _TELL_AT or self.failures % 1_000 == 0:
            event(
                "peer-unreachable",
                level=logging.WARNING,
                pump=self.name,
                failures=self.failures,
                detail=error.detail,
            )
        options = self._options
        # Even when woken: whoever submits a thousand items a second must not make a thousand attempts a second.
        await asyncio.sleep(options.first_ms / 1000)
        self._woken.clear()
        full_ms = min(options.last_ms, options.first_ms << min(self.failures - 1, 16))
        chance = options.entropy(1)[0] / 512
        await self._wait(int(full_ms * (1 - chance)) - options.first_ms)

    async def _wait(self, at_most_ms: int | None) -> None:
        if at_most_ms is None:
            await self._woken.wait()
        elif at_most_ms > 0:
            try:
                async with asyncio.timeout(at_most_ms / 1000):
                    await self._woken.wait()
            except TimeoutError:
                return


class PumpSet(Generic[K, T]):
    """Pumps by destination, made when a destination is first woken."""

    def __init__(
        self,
        name: str,
        load: Callable[[K], Awaitable[list[T]]],
        deliver: Callable[[K, list[T]], Awaitable[None]],
        options: PumpOptions | None = None,
    ) -> None:
        self._name = name
        self._load = load
        self._deliver = deliver
        self._options = options
        self._pumps: dict[K, Pump[T]] = {}
        self._stopped = False

    def wake(self, key: K) -> None:
        """Something became due for this destination."""
        if self._stopped:
            return
        pump = self._pumps.get(key)
        if pump is None:
            pump = self._pumps[key] = Pump(
                f"{self._name} {key}", partial(self._load, key), partial(self._deliver, key), self._options
            )
            pump.start()
        pump.wake()

    def states(self) -> dict[K, tuple[PumpState, int]]:
        """What each pump is doing, and its failures in a row."""
        return {key: (pump.state, pump.failures) for key, pump in self._pumps.items()}

    async def stop(self) -> None:
        self._stopped = True
        await asyncio.gather(*(pump.stop() for pump in self._pumps.values()))
        self._pumps.clear()
