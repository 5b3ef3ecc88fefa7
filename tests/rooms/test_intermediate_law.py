"""Line systems ask the law: as on the terminal, for the body of the certificate, by the list of each day."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from msgspec import structs

from renkei.law.editions import Editions
from renkei.messages import law
from renkei.messages.codec import encode
from renkei.messages.line import InquiryState, MayAsk, RecordsQuery, Side
from renkei.systems.intermediate.api import Desk
from renkei.systems.intermediate.rules.book import Book
from renkei.systems.intermediate.service import lawful, questions, results
from renkei.terms.affairs import Category, InformationKind, ItemNumber
from renkei.terms.bodies import BodyId
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem
from tests.newer import NEWER, OWN

from .intermediate_world import INQUIRY, KANAGAWA, KAWASAKI, KIND, OSAKA, YOKOHAMA, World, put_in, ready

DAY = date(2026, 11, 24)
TAX = law.Decide(provider=OSAKA, item=ItemNumber("48"), kind=KIND)
PARTY = {"id": "somebody", "ja": "機関", "en": "Body", "categories": ["municipal-mayor"]}
SAID: dict[str, Any] = {
    "v": 1,
    "on": "2026-06-14",
    "question": {"inquirer": PARTY, "provider": PARTY, "item": "48", "kind": KIND},
    "decision": "permitted",
    "item": "48",
    "article": "50",
    "list_version": "0f" * 32,
    "reason": None,
    "sentence_ja": "",
    "sentence_en": "",
    "nearest": [],
}
"""What `law/decide` says."""


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    made = await ready(tmp_path)
    yield made
    await made.database.close()


async def test_the_body_of_the_certificate_is_told_whether_it_may_ask(world: World) -> None:
    answer = await questions.decide(world.office, YOKOHAMA, TAX)
    assert (answer.decision, answer.article, answer.list_version) == (
        law.Verdict.PERMITTED, "50", world.permissions.version,
    )  # fmt: skip
    assert answer.question.inquirer.id == YOKOHAMA
    assert answer.question.provider.ja in answer.sentence_ja
    refused = await questions.decide(world.office, KANAGAWA, TAX)
    assert (refused.decision, refused.reason) == (law.Verdict.REFUSED, "inquirer-not-listed")
    assert "照会できる事務は" in refused.sentence_ja


async def test_a_category_may_stand_for_the_provider_and_a_body_comes_first(world: World) -> None:
    answer = await questions.decide(world.office, YOKOHAMA, structs.replace(TAX, provider=BodyId("municipal-mayor")))
    assert (answer.decision, answer.question.provider.categories) == (law.Verdict.PERMITTED, ("municipal-mayor",))
    with pytest.raises(RenkeiError) as caught:
        await questions.decide(world.office, YOKOHAMA, structs.replace(TAX, provider=BodyId("nobody")))
    assert caught.value.problem is Problem.UNKNOWN_BODY


async def test_a_body_whose_id_is_a_categorys_too_is_the_body(world: World) -> None:
    directory = world.office.book()._directory
    entry = structs.replace(directory.bodies[0], id=BodyId("mhlw-minister"), categories=(Category("municipal-mayor"),))
    book = Book(structs.replace(directory, bodies=(*directory.bodies, entry)))
    with put_in(world, "book", book):
        answer = await questions.decide(world.office, YOKOHAMA, structs.replace(TAX, provider=entry.id))
    assert answer.question.provider.categories == ("municipal-mayor",)


async def test_the_day_decides(world: World) -> None:
    asked = law.Decide(provider=BodyId("moj-minister"), item=ItemNumber("157"), kind=InformationKind("family-register"))
    for day, decision in (("2025-09-30", law.Verdict.PERMITTED), ("2025-10-01", law.Verdict.REFUSED)):
        answer = await questions.decide(world.office, KANAGAWA, structs.replace(asked, on=day))
        assert (answer.on, answer.decision) == (day, decision)


async def test_who_holds_find_and_diff_answer_for_all_or_for_this_body_alone(world: World) -> None:
    everybody = await questions.who_holds(world.office, KANAGAWA, law.WhoHolds(kind=KIND))
    own = await questions.who_holds(world.office, KANAGAWA, law.WhoHolds(kind=KIND, own=True))
    assert own.rows == tuple(row for row in everybody.rows if "prefectural-governor" in row.inquirers)
    found = await questions.search(world.office, KANAGAWA, law.Find(text="児童手当"))
    assert found.affairs[0].id == "child-allowance"
    days = law.Diff(before="2025-09-30", after="2025-10-01")
    assert len((await questions.diff(world.office, YOKOHAMA, days)).lost) == 1
    mine = await questions.diff(world.office, YOKOHAMA, structs.replace(days, own=True))
    assert (mine.lost, mine.items_ended) == ((), ())


async def test_a_decision_is_explained_and_a_tampered_one_found(world: World) -> None:
    answer = await questions.decide(world.office, YOKOHAMA, TAX)
    text = encode(answer).decode()
    explained = await questions.explain(world.office, YOKOHAMA, law.Explain(decision=text))
    assert explained.agrees
    tampered = text.replace('"article":"50"', '"article":"51"')
    found = await questions.explain(world.office, YOKOHAMA, law.Explain(decision=tampered))
    assert (found.agrees, found.decisions[0].differs) == (False, ("article",))


async def test_more_decisions_than_are_explained_at_once_are_refused(world: World) -> None:
    text = encode(await questions.decide(world.office, YOKOHAMA, TAX)).decode()
    full = law.Explain(decision="\n".join([text] * law.MAX_DECISIONS))
    assert len((await questions.explain(world.office, YOKOHAMA, full)).decisions) == law.MAX_DECISIONS
    with pytest.raises(RenkeiError) as caught:
        await questions.explain(world.office, YOKOHAMA, law.Explain(decision=f"{full.decision}\n{text}"))
    assert caught.value.problem is Problem.TOO_MANY
    assert str(law.MAX_DECISIONS) in (caught.value.detail or "")


@pytest.mark.parametrize(
    ("module", "function", "door", "message"),
    [
        (questions, "explanations", questions.explain, law.Explain(decision="{}")),
        (questions, "find", questions.search, law.Find(text="x")),
        (questions, "compare", questions.diff, law.Diff(before="2026-03-01", after="2026-03-01")),
        (lawful, "may_ask", lawful.rows, MayAsk()),
    ],
)
async def test_what_takes_its_time_is_answered_beside_the_loop(
    world: World, module: ModuleType, function: str, door: Desk, message: Any
) -> None:
    threads: list[threading.Thread] = []

    def answer(*_: Any, **__: Any) -> list[Any]:
        threads.append(threading.current_thread())
        return []

    with put_in(module, function, answer):
        await door(world.office, YOKOHAMA, message)
    assert len(threads) == 1
    assert threads[0] is not threading.current_thread()


async def test_a_bodys_questions_wait_for_one_another_and_not_for_another_bodys(world: World) -> None:
    order: list[str] = []
    begun, go_on = threading.Event(), threading.Event()

    def slow() -> None:
        begun.set()
        assert go_on.wait(10)
        order.append("first")

    mayor, governor = world.office.cabinet(YOKOHAMA), world.office.cabinet(KANAGAWA)
    first = asyncio.create_task(lawful.aside(mayor, slow))
    assert await asyncio.to_thread(begun.wait, 10)
    second = asyncio.create_task(lawful.aside(mayor, lambda: order.append("second")))
    for _ in range(3):
        await lawful.aside(governor, lambda: order.append("another's"))
    go_on.set()
    await asyncio.gather(first, second)
    assert order == ["another's"] * 3 + ["first", "second"]


async def test_may_ask_tells_the_procedures_when_it_is_asked_to(world: World) -> None:
    asked = MayAsk(item=ItemNumber("106"), kind=KIND, on="2026-06-14")
    (brief,) = (await lawful.rows(world.office, YOKOHAMA, asked)).rows
    (full,) = (await lawful.rows(world.office, YOKOHAMA, structs.replace(asked, details=True))).rows
    assert brief.details == ()
    assert [each.place_ja for each in full.details] == ["提供命令108条1号", "提供命令108条6号"]
    assert {named.ja for each in full.details for named in each.information} == {"市町村民税"}
    assert structs.replace(full, details=()) == brief


async def test_a_bodys_own_record_and_its_result_agree_with_the_law(world: World) -> None:
    (inquiry,) = await world.ask(YOKOHAMA, INQUIRY)
    await world.settle()
    result = await world.result(YOKOHAMA, inquiry)
    assert result.state is InquiryState.PROVIDED
    (record,) = (await results.records(world.office, YOKOHAMA, RecordsQuery(side=Side.INQUIRER))).records
    for document in (result, record, result.receipt):
        assert document is not None
        explained = await questions.explain(world.office, YOKOHAMA, law.Explain(decision=encode(document).decode()))
        assert [(each.agrees, each.question.provider.id) for each in explained.decisions] == [(True, KAWASAKI)]


async def test_two_days_are_compared_each_by_the_list_that_applies_on_it(world: World) -> None:
    world.law = Editions(OWN.version, ((DAY, NEWER.version),), {OWN.version: OWN, NEWER.version: NEWER})
    found = await questions.diff(world.office, YOKOHAMA, law.Diff(before="2026-11-23", after="2026-11-24"))
    assert (found.before.list_version, found.after.list_version) == (OWN.version, NEWER.version)
    assert (found.gained, found.lost) != ((), ())


async def test_a_list_that_is_not_here_yet_is_waited_for(world: World) -> None:
    world.law = Editions(OWN.version, ((DAY, NEWER.version),), {OWN.version: OWN})
    with pytest.raises(RenkeiError) as caught:
        await questions.decide(world.office, YOKOHAMA, structs.replace(TAX, on="2026-11-24"))
    assert caught.value.problem is Problem.UNREACHABLE
    assert (await questions.decide(world.office, YOKOHAMA, structs.replace(TAX, on="2026-11-23"))).reason is None


@pytest.mark.parametrize(
    ("door", "message", "place"),
    [
        (
            questions.decide,
            structs.replace(TAX, kind=InformationKind("lokal-tax")),
            "$.kind: no such kind; near: local-tax",
        ),
        (questions.decide, structs.replace(TAX, on="2026-02-30"), "$.on"),
        (questions.who_holds, law.WhoHolds(kind=InformationKind("nothing")), "$.kind"),
        (questions.who_holds, law.WhoHolds(kind=InformationKind("qqq-qqq-qqq")), "$.kind: no such kind"),
        (questions.search, law.Find(text="x", on="2026-02-30"), "$.on"),
        (questions.diff, law.Diff(before="2026-02-30", after="2026-03-01"), "$.before"),
        (questions.diff, law.Diff(before="2026-03-01", after="2026-02-30"), "$.after"),
        (
            questions.diff,
            law.Diff(before="2010-01-01", after="2026-03-01"),
            "$.before: the table of 2010-01-01 is not held; the oldest that is held is that of 2024-04-24.",
        ),
        (questions.explain, law.Explain(decision=json.dumps({"v": 1})), "$"),
        (questions.explain, law.Explain(decision=json.dumps({**SAID, "on": "2026-02-30"})), "$.on"),
    ],
)
async def test_what_cannot_be_answered_is_refused_with_its_place(
    world: World, door: Desk, message: Any, place: str
) -> None:
    with pytest.raises(RenkeiError) as caught:
        await door(world.office, YOKOHAMA, message)
    assert caught.value.problem is Problem.WRONG_TYPE
    assert caught.value.detail.startswith(place)
    assert not caught.value.detail.endswith(" ")


@pytest.mark.parametrize(
    ("door", "message"),
    [
        (questions.decide, TAX),
        (questions.who_holds, law.WhoHolds(kind=KIND)),
        (questions.search, law.Find(text="x")),
        (questions.diff, law.Diff(before="2026-03-01", after="2026-03-01")),
        (questions.explain, law.Explain(decision="{}")),
    ],
)
async def test_a_body_that_is_not_hosted_here_is_told_nothing(world: World, door: Desk, message: Any) -> None:
    with pytest.raises(RenkeiError) as caught:
        await door(world.office, OSAKA, message)
    assert caught.value.problem is Problem.WRONG_ROLE
