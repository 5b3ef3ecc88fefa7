"""Affairs by ordinance at an intermediate server: asked by the one side, decided again by the other (法19条9号・26条)."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from renkei.messages.envelope import Label
from renkei.messages.line import Inquiry, InquiryState, MayAsk
from renkei.messages.ordinance import Limitation, OrdinanceAffair
from renkei.messages.provision import Notices
from renkei.messages.receipt import InquiryRecord
from renkei.systems.intermediate.rules.book import Book
from renkei.systems.intermediate.service import lawful
from renkei.systems.intermediate.service.inquiries import due as inquiries_due
from renkei.systems.intermediate.service.inquiries import send as inquiries_send
from renkei.terms.affairs import ArticleNumber, InformationKind, ItemNumber
from renkei.terms.bodies import BodyId
from renkei.terms.refusals import Reason
from tests.unit.law.ordinances import AFFAIR, LIKE, affair, limitation

from .intermediate_world import INQUIRY, KANAGAWA, KAWASAKI, OSAKA, YOKOHAMA, World, ready

ASKED = msgspec.structs.replace(INQUIRY, item=AFFAIR, consent=True)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """The core double permits as the law of the table of item 13 would, under the affair."""
    made = await ready(tmp_path)
    publish(made, affair())
    made.core.mutate_record = under_the_affair
    yield made
    await made.database.close()


def publish(world: World, *affairs: OrdinanceAffair, limitations: tuple[Limitation, ...] = ()) -> None:
    world.book = Book(msgspec.structs.replace(world.directory, ordinance_affairs=affairs, limitations=limitations))


def under_the_affair(record: InquiryRecord) -> InquiryRecord:
    return msgspec.structs.replace(record, article=ArticleNumber("15"), like_item=LIKE, consent=True)


async def acks(world: World, asked: Inquiry = ASKED) -> list[str | None]:
    """What the provider says to the notice of an inquiry that the core permitted."""
    (inquiry,) = await world.ask(YOKOHAMA, asked)
    await inquiries_send(world.office, YOKOHAMA, await inquiries_due(world.office, YOKOHAMA))
    notice = world.core.notices[KAWASAKI].pop(inquiry)
    return [ack.problem for ack in (await world.bring(KAWASAKI, Label.NOTICES, Notices(notices=(notice,)))).acks]


async def test_what_is_asked_under_an_affair_is_provided_like_anything_else(world: World) -> None:
    (inquiry,) = await world.ask(YOKOHAMA, ASKED)
    await world.settle()
    result = await world.result(YOKOHAMA, inquiry)
    assert (result.state, result.article) == (InquiryState.PROVIDED, "15")


@pytest.mark.parametrize("consent", [True, False])
async def test_the_consent_that_the_line_system_states_is_what_the_core_is_told(world: World, *, consent: bool) -> None:
    world.core.mutate_record = lambda record: record
    (inquiry,) = await world.ask(YOKOHAMA, msgspec.structs.replace(ASKED, consent=consent))
    await inquiries_send(world.office, YOKOHAMA, await inquiries_due(world.office, YOKOHAMA))
    assert world.core.decided[inquiry][0].consent is consent


@pytest.mark.parametrize("consent", [True, False])
async def test_a_permit_with_another_consent_than_was_stated_is_not_believed(world: World, *, consent: bool) -> None:
    world.core.mutate_record = lambda record: msgspec.structs.replace(under_the_affair(record), consent=not consent)
    (inquiry,) = await world.ask(YOKOHAMA, msgspec.structs.replace(ASKED, consent=consent))
    await inquiries_send(world.office, YOKOHAMA, await inquiries_due(world.office, YOKOHAMA))
    assert (await world.result(YOKOHAMA, inquiry)).state is InquiryState.ASKED
    assert [said[0] for said in world.loud] == ["inquiry-reply-distrusted"]


WRONG: dict[str, tuple[Callable[[InquiryRecord], InquiryRecord], str]] = {
    "no consent": (lambda record: msgspec.structs.replace(record, consent=False), "no-consent"),
    "another like item": (
        lambda record: msgspec.structs.replace(record, like_item=ItemNumber("15")),
        "no-statutory-basis",
    ),
    "no like item": (lambda record: msgspec.structs.replace(record, like_item=None), "no-statutory-basis"),
    "another article": (
        lambda record: msgspec.structs.replace(record, article=ArticleNumber("17")),
        "no-statutory-basis",
    ),
    "another body's": (lambda record: msgspec.structs.replace(record, inquirer=OSAKA), "inquirer-not-listed"),
    "not notified": (
        lambda record: msgspec.structs.replace(record, kind=InformationKind("resident-record")),
        "information-not-listed",
    ),
}


@pytest.mark.parametrize("name", WRONG)
async def test_a_permit_that_the_rule_does_not_repeat_is_turned_away(world: World, name: str) -> None:
    change, problem = WRONG[name]
    world.core.mutate_record = lambda record: change(under_the_affair(record))
    assert await acks(world) == [problem]


async def test_a_statutory_permit_that_names_a_like_item_is_turned_away(world: World) -> None:
    world.core.mutate_record = lambda record: msgspec.structs.replace(record, like_item=LIKE)
    assert await acks(world, INQUIRY) == ["no-statutory-basis"]


@pytest.mark.parametrize(
    ("affairs", "limitations", "problem"),
    [
        ((affair(until="2026-07-01"),), (), "rule-not-in-force"),
        ((affair(body=KANAGAWA),), (), "inquirer-not-listed"),
        ((affair(),), (limitation(),), "limited-by-ordinance"),
    ],
)
async def test_26_the_provider_decides_again_by_its_own_directory(
    world: World, affairs: tuple[OrdinanceAffair, ...], limitations: tuple[Limitation, ...], problem: str
) -> None:
    publish(world, *affairs, limitations=limitations)
    assert await acks(world) == [problem]


async def test_an_affair_newer_than_the_directory_is_left_out_and_the_directory_is_fetched(world: World) -> None:
    publish(world)
    fetched: list[bool] = []
    world.office.wake.directory = lambda: fetched.append(True)
    assert await acks(world) == []
    assert fetched
    publish(world, affair())
    assert await acks(world, msgspec.structs.replace(ASKED, request="r-2")) == [None]


async def test_the_notice_of_a_refusal_is_taken_though_nobody_published_its_affair(world: World) -> None:
    """Else the core would send it for ever: what was refused as unknown is in no directory."""
    publish(world)
    world.core.mutate_record = lambda record: record
    world.core.refuse = lambda _: Reason.NO_STATUTORY_BASIS
    assert await acks(world) == [None]


async def may_ask(world: World, body: BodyId = YOKOHAMA, **narrowed: Any) -> list[tuple[str, str, tuple[BodyId, ...]]]:
    found = await lawful.rows(world.office, body, MayAsk(**narrowed))
    return [(row.item, row.kind, row.providers) for row in found.rows if row.item.startswith("ord-")]


async def test_a_body_s_own_affairs_are_among_what_it_may_ask(world: World) -> None:
    every = [(AFFAIR, "local-tax", (KAWASAKI, OSAKA)), (AFFAIR, "medical-insurance", ())]
    assert await may_ask(world) == every
    assert await may_ask(world, item=AFFAIR) == every
    assert await may_ask(world, kind=InformationKind("local-tax")) == every[:1]
    assert await may_ask(world, text="小児 地方税") == every[:1]
    assert await may_ask(world, text="children") == every
    assert await may_ask(world, text="介護") == []
    assert await may_ask(world, item=ItemNumber("48")) == []
    assert await may_ask(world, on="2026-05-31") == []
    assert await may_ask(world, KAWASAKI) == []


async def test_a_provider_that_limits_what_it_provides_is_not_named(world: World) -> None:
    publish(world, affair(), limitations=(limitation(),))
    assert await may_ask(world, kind=InformationKind("local-tax")) == [(AFFAIR, "local-tax", (OSAKA,))]


async def test_what_may_be_asked_under_an_affair_has_the_like_item_s_article_and_the_affair_s_names(
    world: World,
) -> None:
    found = await lawful.rows(world.office, YOKOHAMA, MayAsk(item=AFFAIR))
    row = found.rows[0]
    assert (row.article, row.affair_ja, row.affair_en) == ("15", affair().name_ja, affair().name_en)
    assert (row.kind_ja, row.kind_en) == ("地方税関係情報", "Local tax")
