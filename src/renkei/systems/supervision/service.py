"""The witness at work, and the commission's errands to the core."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from renkei.messages.directory import Done, PiaFindings
from renkei.messages.log import CoreCounts, Cosignature, Settlement, WitnessState
from renkei.messages.ordinance import OrdinanceNotices
from renkei.systems.supervision import rules
from renkei.systems.supervision.ports import Core, Store
from renkei.systems.supervision.rules import Alert, Contradiction, Log, Watch
from renkei.systems.supervision.states import State
from renkei.terms.affairs import InstantMs
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem
from renkei.translog.checkpoint import Checkpoint, add_signatures
from renkei.translog.keys import VerifierKey
from renkei.translog.note import Signer, cosign_note

Alarm = Callable[[Alert, str], None]
"""Says it loudly: what, and about which log."""


@dataclass(frozen=True, slots=True)
class Means:
    """The witness's key, its time, its voice, and after how many looks in vain it speaks up."""

    key: VerifierKey
    sign: Signer
    now: Callable[[], InstantMs]
    alarm: Alarm
    misses: int


class Witness:
    """Looks at one log again and again.

    Order: check, store, cosign and store, publish. What is published was stored before, so a witness that is killed at
    any moment starts again from a head that is not behind anything it ever showed, and cannot cosign another history.
    """

    def __init__(self, log: Log, store: Store, core: Core, means: Means) -> None:
        self._log = log
        self._store = store
        self._core = core
        self._means = means
        self._watch = Watch()
        self._missed = 0
        self._published = -1  # nothing in this life: after a restart the last cosignature is told once more
        self._turn = asyncio.Lock()

    async def load(self) -> None:
        """Take up the watch where it was left."""
        self._watch = await self._store.load()
        if self._watch.state is State.ALERT and self._watch.alert is not None:
            self._means.alarm(self._watch.alert, self._log.origin)

    @property
    def state(self) -> WitnessState:
        return rules.described(self._log, self._watch)

    @property
    def checkpoint(self) -> str:
        """The last cosigned checkpoint; raises WRONG_STATE before the first."""
        if not self._watch.cosigned:
            raise RenkeiError(Problem.WRONG_STATE, "nothing cosigned yet")
        return self._watch.checkpoint

    async def look(self) -> None:
        """One look at the log. Nothing while an alert waits for an operator."""
        async with self._turn:
            if self._watch.state is State.ALERT:
                return
            try:
                found = await self._check()
                if isinstance(found, Contradiction):
                    await self._contradicted(found)
                    return
                await self._publish()
            except RenkeiError:
                await self._miss()
                return
            self._missed = 0

    async def settle(self, message: Settlement) -> Done:
        """An operator settles an alert; raises WRONG_STATE where there is none."""
        async with self._turn:
            watch = rules.settled(self._watch)
            if watch is None:
                raise RenkeiError(Problem.WRONG_STATE, "no alert")
            await self._store.settle(watch, message.note, self._means.now())
            self._watch = watch
            return Done()

    async def _check(self) -> Contradiction | None:
        note = await self._core.checkpoint()
        checkpoint = rules.read(self._log, self._watch, note)
        if isinstance(checkpoint, Contradiction):
            return checkpoint
        if self._watch.cosigned and checkpoint.head == self._watch.head:
            if self._watch.state is not State.AGREEING:
                await self._agree(checkpoint, self._watch.checkpoint)
            return None
        wanted = rules.tiles_wanted(self._watch.head, checkpoint.head)
        tiles = {tile: await self._core.tile(tile) for tile in wanted}
        if not rules.follows(self._watch.head, checkpoint.head, tiles):
            return Contradiction(Alert.INCONSISTENT, note)
        await self._agree(checkpoint, self._cosigned(checkpoint, note))
        return None

    def _cosigned(self, checkpoint: Checkpoint, note: str) -> str:
        time_s = rules.seconds(self._means.now())
        return add_signatures(note, [cosign_note(checkpoint.text(), self._means.key, time_s, self._means.sign)])

    async def _agree(self, checkpoint: Checkpoint, cosigned: str) -> None:
        watch = rules.agreed(self._watch, checkpoint.head, cosigned)
        await self._store.save(watch)
        self._watch = watch

    async def _publish(self) -> None:
        size = self._watch.head.size
        if self._published == size:
            return
        await self._core.publish(Cosignature(size=size, line=rules.line_of(self._means.key, self._watch.checkpoint)))
        self._published = size

    async def _contradicted(self, found: Contradiction) -> None:
        watch = rules.contradicted(self._watch, found)
        await self._store.contradict(watch, found, self._means.now())
        self._watch = watch
        self._means.alarm(found.alert, self._log.origin)

    async def _miss(self) -> None:
        self._missed += 1
        if self._missed != self._means.misses:
            return
        self._watch = rules.missed(self._watch)
        await self._store.save(self._watch)
        self._means.alarm(Alert.UNREACHABLE, self._log.origin)


async def report_findings(core: Core, message: PiaFindings) -> Done:
    """What the commission found about impact assessments goes to the core (法21条2項・28条)."""
    return await core.findings(message)


async def pass_on(core: Core, message: OrdinanceNotices) -> Done:
    """What bodies notified and the commission found in order goes to the core (規則5号3条3項, 規則6号2条3項)."""
    return await core.ordinances(message)


async def count(core: Core) -> CoreCounts:
    """The core's counts, for the commission (P1)."""
    return await core.counts()
