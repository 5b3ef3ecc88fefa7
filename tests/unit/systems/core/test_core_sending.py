"""What goes to a body that does not answer: little at a time, until it answers."""

from typing import Any, cast

import pytest

from renkei.messages.directory import BodyEntry
from renkei.messages.envelope import Envelope, Label
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

    def notices(self, _provider: BodyId, limit: int) -> list[Any]:
        self.limits.append(limit)
        return []

    deliveries = notices

    async def read(self, job: Any) -> Any:
        return job(self)


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
    assert outbox.limits == [PROBE, BATCH, BATCH]


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
