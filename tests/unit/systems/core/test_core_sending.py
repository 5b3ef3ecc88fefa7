"""What goes to a body that does not answer: little at a time. What it leaves out comes again and blocks nothing."""

from contextlib import suppress
from types import SimpleNamespace
from typing import Any, cast

import pytest

from renkei.messages.directory import BodyEntry
from renkei.messages.envelope import Envelope, Label
from renkei.messages.fields import MAX_LIST
from renkei.messages.provision import Ack, Notices
from renkei.systems.core.rules.register import Register
from renkei.systems.core.service.desk import Desk
from renkei.systems.core.service.sending import BATCH, PROBE, Sender
from renkei.terms.bodies import BodyId
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

from .builders import KENPO, MAYOR, OTHER, body, directory


class Outbox:
    """Stands for work, records and issuance at once: notes how much was asked for."""

    def __init__(self) -> None:
        self.limits: list[int] = []
        self.records = self.issuance = self

        self.waiting: list[int] = []
        """Sequences of the notices."""

    def notices(self, _provider: BodyId, after: int, until: int, limit: int) -> list[Any]:
        self.limits.append(limit)
        return [pending(each) for each in self.waiting if after < each <= until][:limit]

    def deliveries(self, _body: BodyId, limit: int) -> list[Any]:
        self.limits.append(limit)
        return []

    def receipts(self, entries: list[Any]) -> list[Any]:
        return [("receipt", None) for _ in entries]

    def settle_notices(self, _provider: BodyId, done: list[str], parked: dict[str, str]) -> None:
        self.waiting = [each for each in self.waiting if str(each) not in {*done, *parked}]

    async def write(self, _name: str, job: Any) -> Any:
        return job(self)

    async def read(self, job: Any) -> Any:
        return job(self)


def pending(sequence: int) -> Any:
    draft = SimpleNamespace(inquiry=str(sequence))
    return SimpleNamespace(entry=SimpleNamespace(sequence=sequence, draft=draft), code=None)


class FakeDesk:
    def __init__(self, outbox: Outbox) -> None:
        self.store = outbox
        self.register = Register(directory(body(MAYOR), body(OTHER)))


async def nowhere(_body: BodyEntry, _envelope: Envelope) -> Envelope:
    raise RenkeiError(Problem.UNREACHABLE)


def sender(outbox: Outbox) -> Sender:
    return Sender(cast("Desk", FakeDesk(outbox)), nowhere, lambda *_: None)


async def test_after_a_failure_only_a_few_are_loaded_for_that_body_and_kind() -> None:
    outbox = Outbox()
    sending = sender(outbox)
    sending.troubled.add((Label.NOTICES, MAYOR))
    await sending.notices(MAYOR)
    await sending.codes(MAYOR)
    await sending.notices(OTHER)
    assert outbox.limits == [PROBE, MAX_LIST, BATCH]


async def test_for_a_body_that_left_the_directory_nothing_is_loaded() -> None:
    outbox = Outbox()
    assert await sender(outbox).notices(KENPO) == []
    assert await sender(outbox).codes(KENPO) == []
    assert outbox.limits == []


async def test_an_exchange_that_fails_is_remembered_and_raised() -> None:
    sending = sender(Outbox())
    with pytest.raises(RenkeiError) as error:
        await sending._exchange(KENPO, Label.NOTICES, cast("Any", None))
    assert error.value.problem is Problem.UNKNOWN_BODY
    assert sending.troubled == {(Label.NOTICES, KENPO)}


# A provider that leaves notices out of its acknowledgements, because it does not hold the list of their day yet.


class Provider:
    """Its loop, round by round: what it was sent, and what it leaves out."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *waiting: int) -> None:
        self.outbox = Outbox()
        self.outbox.waiting = [*waiting]
        self.sender = sender(self.outbox)
        self.leaves_out: set[int] = set()
        self.sent: list[list[int]] = []
        monkeypatch.setattr(Sender, "_exchange", self._exchange)

    async def _exchange(self, _body: BodyId, _label: Label, message: Notices) -> list[Ack]:
        self.sent.append([int(each.inquiry) for each in message.notices])
        return [Ack(id=each.inquiry) for each in message.notices if int(each.inquiry) not in self.leaves_out]

    async def round(self) -> bool:
        """Load and send once, as the loop does; False when nothing is due."""
        found = await self.sender.notices(MAYOR)
        if not found:
            return False
        with suppress(RenkeiError):  # nothing acknowledged: the loop backs off
            await self.sender.send_notices(MAYOR, found)
        return True


MANY = range(1, BATCH + 1)


async def test_what_is_left_out_blocks_nothing_that_stands_behind_it(monkeypatch: pytest.MonkeyPatch) -> None:
    provider = Provider(monkeypatch, *MANY, BATCH + 1)
    provider.leaves_out = {*MANY}
    for _ in range(2):
        await provider.round()
    assert provider.sent[0] == [*MANY]
    assert BATCH + 1 in provider.sent[1]
    assert provider.outbox.waiting == [*MANY]


async def test_what_is_left_out_is_sent_again_until_it_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    waiting = [*range(1, 3 * BATCH)]
    provider = Provider(monkeypatch, *waiting)
    provider.leaves_out = {*waiting}
    for _ in range(6):
        await provider.round()
    again = 2 * PROBE  # went with the second and third message
    assert [each for sent in provider.sent[3:] for each in sent] == waiting[again:]
    provider.leaves_out = set()
    while await provider.round():
        pass
    assert provider.outbox.waiting == []
    assert [each for sent in provider.sent[6:] for each in sent] == waiting


async def test_beside_what_is_new_a_few_that_were_left_out_are_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """New ones that never end may not keep the old ones waiting for ever."""
    provider = Provider(monkeypatch, *range(1, 11))
    provider.leaves_out = {*range(1, 11)}
    await provider.round()
    provider.leaves_out = set()
    for new in (11, 12, 13):
        provider.outbox.waiting.append(new)
        await provider.round()
    assert provider.sent[1:] == [[1, 2, 3, 4, 11], [5, 6, 7, 8, 12], [9, 10, 13]]
    assert not await provider.round()


async def test_what_was_turned_away_and_may_pass_now_is_sent_though_newer_ones_were_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    provider = Provider(monkeypatch, 5)
    provider.leaves_out = {5}
    await provider.round()
    provider.outbox.waiting = [3, 5]
    await provider.round()
    assert provider.sent == [[5], [3, 5]]
    assert provider.outbox.waiting == [5]
