"""The provider decides again by the list of the day on which it was asked; a list that is not here yet is waited for."""

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import msgspec
import pytest

from renkei.law.editions import Editions
from renkei.law.list import PermissionList
from renkei.messages.envelope import Label
from renkei.messages.line import MayAsk
from renkei.messages.provision import Ack, Notice, Notices
from renkei.systems.intermediate.rules.kept import KeptProvision
from renkei.systems.intermediate.service import lawful
from renkei.systems.intermediate.service.cabinet import NOTICED
from renkei.systems.intermediate.service.inquiries import due as inquiries_due
from renkei.systems.intermediate.service.inquiries import send as inquiries_send
from renkei.systems.intermediate.states import ProvisionState
from renkei.terms.affairs import JAPAN
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem
from renkei.terms.refusals import Reason
from tests.newer import NEWER, OTHER, OWN

from .intermediate_world import INQUIRY, KAWASAKI, YOKOHAMA, World, ready

MIDNIGHT = int(datetime(2026, 11, 24, tzinfo=JAPAN).timestamp()) * 1000
DAY = datetime(2026, 11, 24, tzinfo=JAPAN).date()


def law(world: World, newer: PermissionList, *, held: bool = True) -> None:
    """The directory names a newer list from that midnight on."""
    world.law = Editions(
        OWN.version, ((DAY, newer.version),), {OWN.version: OWN} | ({newer.version: newer} if held else {})
    )


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    made = await ready(tmp_path)
    made.clock.now = MIDNIGHT
    yield made
    await made.database.close()


async def asked_at(world: World, moment: int, by: PermissionList) -> Notice:
    """Asked at that moment; the core has permitted it by that list, and its notice has not left yet."""
    now, world.clock.now = world.clock.now, moment
    (inquiry,) = await world.ask(YOKOHAMA, msgspec.structs.replace(INQUIRY, request=f"r-{len(world.core.decided)}"))
    world.clock.now = max(now, moment)
    world.core.permissions = by
    await inquiries_send(world.office, YOKOHAMA, await inquiries_due(world.office, YOKOHAMA))
    return world.core.notices[KAWASAKI][inquiry]


async def bring(world: World, *notices: Notice) -> list[Ack]:
    return list((await world.bring(KAWASAKI, Label.NOTICES, Notices(notices=notices))).acks)


def taken(*notices: Notice) -> list[Ack]:
    return [Ack(id=notice.inquiry) for notice in notices]


async def test_at_midnight_in_japan_the_new_list_decides_without_a_restart(world: World) -> None:
    law(world, OTHER)
    before, after = await asked_at(world, MIDNIGHT - 1, OWN), await asked_at(world, MIDNIGHT, OTHER)
    assert await bring(world, before, after) == taken(before, after)


async def test_what_was_asked_before_midnight_is_decided_by_the_old_list_days_later(world: World) -> None:
    law(world, NEWER)
    world.clock.now = MIDNIGHT + 3 * 86_400_000
    notice = await asked_at(world, MIDNIGHT - 1, OWN)
    assert await bring(world, notice) == taken(notice)


@pytest.mark.parametrize(("moment", "by"), [(MIDNIGHT, OWN), (MIDNIGHT - 1, OTHER)], ids=["the old", "the new"])
async def test_a_list_that_does_not_apply_on_the_day_of_the_request_is_refused(
    world: World, moment: int, by: PermissionList
) -> None:
    law(world, OTHER)
    notice = await asked_at(world, moment, by)
    assert [ack.problem for ack in await bring(world, notice)] == ["other-list-version"]


async def test_a_permit_that_the_new_list_does_not_give_is_turned_away(world: World) -> None:
    law(world, NEWER)
    notice = await asked_at(world, MIDNIGHT, NEWER)
    assert [ack.problem for ack in await bring(world, notice)] == ["information-not-listed"]


@pytest.mark.parametrize("named", [False, True], ids=["not in the directory", "not held"])
async def test_a_notice_by_a_list_that_is_not_here_yet_is_left_out_and_taken_later(world: World, named: bool) -> None:
    woken: list[str] = []
    world.office.wake.directory = lambda: woken.append("directory")
    world.office.wake.lists = lambda: woken.append("lists")
    if named:
        law(world, OTHER, held=False)
    old, new = await asked_at(world, MIDNIGHT - 1, OWN), await asked_at(world, MIDNIGHT, OTHER)
    assert await bring(world, old, new) == taken(old)
    assert woken == ["directory", "lists"]
    assert await bring(world, new) == []
    assert [(name, error.detail) for name, error, *_ in world.loud] == [("notice-awaits-list", f"list {OTHER.version}")]
    law(world, OTHER)
    assert await bring(world, new) == taken(new)
    assert [name for name, *_ in world.loud] == ["notice-awaits-list"]


@pytest.mark.parametrize("by", [OTHER, NEWER], ids=["never known", "not of that day"])
async def test_a_permit_past_its_validity_lapses_whatever_list_it_was_given_by(
    world: World, by: PermissionList
) -> None:
    """命令41条3項: it gives nothing away, and inquirer and core learn that it ended."""
    if by is NEWER:
        law(world, NEWER)
    notice = await asked_at(world, MIDNIGHT - 1, by)
    assert [ack.problem for ack in await bring(world, notice)] != [None]
    world.clock.now = MIDNIGHT + 400 * 86_400_000
    assert await bring(world, notice) == taken(notice)
    state = await world.office.store.read(lambda rows: rows.provisions(KAWASAKI, [notice.inquiry]).get(notice.inquiry))
    assert state is not None
    kept = world.office.cabinet(KAWASAKI).open(NOTICED, notice.inquiry, state.record, KeptProvision)
    assert kept.state is ProvisionState.LAPSED


async def test_a_permit_whose_request_is_far_from_its_decision_is_not_believed(world: World) -> None:
    notice = await asked_at(world, MIDNIGHT - 8 * 86_400_000, OWN)
    assert [ack.problem for ack in await bring(world, notice)] == ["bad-receipt"]


async def test_a_refusal_by_a_list_that_is_not_here_is_taken_at_once(world: World) -> None:
    """It asks for nothing, so there is nothing to decide again."""
    world.core.refuse = lambda _: Reason.NO_STATUTORY_BASIS
    notice = await asked_at(world, MIDNIGHT, OTHER)
    assert await bring(world, notice) == taken(notice)


async def test_may_ask_goes_by_the_list_of_the_day(world: World) -> None:
    law(world, NEWER)
    question = MayAsk(item=INQUIRY.item, kind=INQUIRY.kind)
    assert (await lawful.rows(world.office, YOKOHAMA, question)).rows == ()
    before = msgspec.structs.replace(question, on="2026-11-23")
    found = await lawful.rows(world.office, YOKOHAMA, before)
    assert (found.list_version, len(found.rows)) == (OWN.version, 1)


async def test_may_ask_says_so_where_the_list_of_the_day_is_not_here(world: World) -> None:
    law(world, NEWER, held=False)
    with pytest.raises(RenkeiError) as error:
        await lawful.rows(world.office, YOKOHAMA, MayAsk(item=INQUIRY.item))
    assert error.value.problem is Problem.UNREACHABLE
    assert "2026-11-24" in error.value.detail
