"""A permission list that is newer than the program: announced, handed out, in force at midnight, withdrawn in time."""

import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from renkei.law import list as permission_list
from renkei.law.editions import read_list
from renkei.messages.codec import decode
from renkei.messages.directory import Done, ListAnnouncement, ListFiles, ListWithdrawal
from renkei.platform.peers.client import Client, PeerRefusedError, PeerUnreachableError
from renkei.systems.core import wiring
from renkei.systems.core.store.work import SqlStore
from renkei.terms.affairs import JAPAN, Category, InstantMs
from renkei.terms.bodies import BodyId, Role
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem
from tests.newer import NEWER, NEWER_FILES, OTHER_FILES, OWN
from tests.newer import OTHER as OTHER_LIST

from .core_stage import KENPO, MAYOR, OTHER, Stage, inquiry, set_stage
from .stores import behind

TODAY, TOMORROW, LATER = "2026-11-23", "2026-11-24", "2027-04-01"


def in_japan(year: int, month: int, day: int) -> InstantMs:
    return InstantMs(int(datetime(year, month, day, tzinfo=JAPAN).timestamp()) * 1000)


MIDNIGHT = in_japan(2026, 11, 24)


class Clock:
    """The core's clock, as the test sets it."""

    now = InstantMs(MIDNIGHT - 4 * 3_600_000)

    def now_ms(self) -> InstantMs:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(wiring, "SystemClock", lambda: made)
    return made


@pytest.fixture
async def stage(tmp_path: Path, clock: Clock) -> AsyncIterator[Stage]:
    assert clock
    async with AsyncExitStack() as stack:
        yield await set_stage(tmp_path, stack)


async def announce(
    stage: Stage, day: str, files: dict[str, str] = NEWER_FILES, *, client: Client | None = None
) -> int | None:
    message = ListAnnouncement(applies_from=day, files=files)
    done = await (client or stage.operator).send(stage.target, "/v1/lists", message, Done)
    await stage.fetch_directory()
    return done.number


async def withdraw(stage: Stage, day: str) -> int | None:
    done = await stage.operator.send(stage.target, "/v1/list-withdrawals", ListWithdrawal(applies_from=day), Done)
    await stage.fetch_directory()
    return done.number


def announced(stage: Stage) -> list[tuple[str, str]]:
    return [(each.applies_from, each.version) for each in stage.known.announced]


async def refused(call: Any) -> PeerRefusedError:
    with pytest.raises(PeerRefusedError) as error:
        await call
    return error.value


async def files_of(stage: Stage, version: str) -> ListFiles:
    client = stage.client(Role.INTERFACE, "interface-a")
    return decode(ListFiles, await client.fetch(stage.target, f"/v1/lists/{version}"))


def kept(stage: Stage) -> set[str]:
    return {version for (version,) in behind(stage.folder / "core.db", "SELECT version FROM permission_list")}


async def health(stage: Stage) -> dict[str, Any]:
    found = msgspec.json.decode(await stage.operator.fetch(stage.target, "/v1/health"))
    lists: dict[str, Any] = found["lists"]
    return lists


# Announcing.


async def test_the_core_alone_names_its_own_list_and_hands_it_out(stage: Stage) -> None:
    assert (stage.known.list_version, announced(stage)) == (OWN.version, [])
    assert read_list((await files_of(stage, OWN.version)).files).version == OWN.version
    assert await health(stage) == {"applies": OWN.version, "held": [OWN.version], "missing": []}


async def test_an_announced_list_is_in_the_signed_directory_and_everybody_may_fetch_it(stage: Stage) -> None:
    number = stage.known.number
    assert await announce(stage, LATER) == number + 1 == stage.known.number
    assert (stage.known.list_version, announced(stage)) == (OWN.version, [(LATER, NEWER.version)])
    assert (await files_of(stage, NEWER.version)).files == NEWER_FILES
    assert await health(stage) == {"applies": OWN.version, "held": [OWN.version, NEWER.version], "missing": []}


async def test_announcing_the_same_again_changes_nothing(stage: Stage) -> None:
    first = await announce(stage, LATER)
    assert await announce(stage, LATER) == first
    assert announced(stage) == [(LATER, NEWER.version)]


async def test_another_list_for_the_same_day_takes_its_place_and_the_first_is_no_longer_handed_out(
    stage: Stage,
) -> None:
    await announce(stage, LATER)
    await announce(stage, LATER, OTHER_FILES)
    assert announced(stage) == [(LATER, OTHER_LIST.version)]
    assert (await refused(files_of(stage, NEWER.version))).problem is Problem.UNKNOWN_DOOR


async def test_what_is_withdrawn_is_named_no_more_and_withdrawing_it_again_changes_nothing(stage: Stage) -> None:
    await announce(stage, LATER)
    await announce(stage, TOMORROW, OTHER_FILES)
    number = await withdraw(stage, TOMORROW)
    assert announced(stage) == [(LATER, NEWER.version)]
    assert await withdraw(stage, TOMORROW) == number


@pytest.mark.parametrize("day", ["2026-11-22", TODAY])
async def test_a_day_that_has_come_is_refused_and_leaves_nothing(stage: Stage, day: str) -> None:
    before, number = kept(stage), stage.known.number
    for call in (announce(stage, day), withdraw(stage, day)):
        assert (await refused(call)).problem is Problem.WRONG_STATE
    await stage.fetch_directory()
    assert (kept(stage), stage.known.number, announced(stage)) == (before, number, [])


async def test_once_a_list_applies_nothing_takes_it_back(stage: Stage, clock: Clock) -> None:
    await announce(stage, TOMORROW)
    clock.now = MIDNIGHT
    for call in (announce(stage, TOMORROW, OTHER_FILES), withdraw(stage, TOMORROW)):
        assert (await refused(call)).problem is Problem.WRONG_STATE
    await stage.fetch_directory()
    assert announced(stage) == [(TOMORROW, NEWER.version)]
    assert (await health(stage))["applies"] == NEWER.version


BAD: dict[str, tuple[dict[str, str], str]] = {
    "a wrong line": ({**NEWER_FILES, "affairs.tsv": "id\tja\ten\nx\n"}, "affairs.tsv:2"),
    "an id without a name": ({**NEWER_FILES, "affairs.tsv": "id\tja\ten\n"}, "unknown id"),
    "a file too few": ({k: v for k, v in NEWER_FILES.items() if k != "kinds.tsv"}, "kinds.tsv: missing"),
    "a file too many": ({**NEWER_FILES, "more.tsv": ""}, "more.tsv: not part of a list"),
    "cut off": ({**NEWER_FILES, "rows.tsv": NEWER_FILES["rows.tsv"][:-1]}, "rows.tsv: truncated"),
}


@pytest.mark.parametrize("name", BAD)
async def test_a_bad_list_is_refused_with_the_place_and_leaves_nothing(stage: Stage, name: str) -> None:
    files, place = BAD[name]
    before, number = kept(stage), stage.known.number
    error = await refused(announce(stage, LATER, files))
    assert error.problem is Problem.MALFORMED
    assert place in error.detail
    await stage.fetch_directory()
    assert (kept(stage), stage.known.number) == (before, number)


async def test_a_list_must_have_every_category_of_a_registered_body(stage: Stage) -> None:
    """One more category is announced, a body gets it; then no list without it is taken any more."""
    extra = NEWER_FILES["categories.tsv"] + "zz-mayor\t市長\tMayor\town\n"
    await announce(stage, LATER, {**NEWER_FILES, "categories.tsv": extra})
    await stage.change(KENPO, categories=(Category("zz-mayor"),))
    before = kept(stage)
    error = await refused(announce(stage, "2027-05-01", OTHER_FILES))
    assert (error.problem, "zz-mayor" in error.detail) == (Problem.WRONG_TYPE, True)
    assert kept(stage) == before


async def test_a_body_of_a_category_that_no_list_has_is_refused(stage: Stage) -> None:
    with pytest.raises(PeerRefusedError) as error:
        await stage.change(KENPO, categories=(Category("zz-mayor"),))
    assert error.value.problem is Problem.WRONG_TYPE


async def test_only_an_operator_announces_and_only_what_the_directory_names_is_handed_out(stage: Stage) -> None:
    supervision = stage.client(Role.SUPERVISION, "supervision")
    error = await refused(announce(stage, LATER, client=supervision))
    assert error.problem is Problem.WRONG_ROLE
    for version in (NEWER.version, "x", "0" * 64):
        assert (await refused(files_of(stage, version))).problem is Problem.UNKNOWN_DOOR


# Restarts, crashes, upgrades.


async def test_a_restart_keeps_what_is_announced(stage: Stage) -> None:
    number = await announce(stage, LATER)
    await stage.restart()
    await stage.fetch_directory()
    assert (stage.known.number, announced(stage)) == (number, [(LATER, NEWER.version)])
    assert (await files_of(stage, NEWER.version)).files == NEWER_FILES
    assert (await health(stage))["missing"] == []


class ProcessEndedError(Exception):
    """Stands for the end of the process at that point."""


@pytest.mark.parametrize("committed", [False, True], ids=["before the commit", "after the commit"])
async def test_a_crash_at_the_commit_leaves_all_or_nothing_and_a_repeat_is_harmless(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, committed: bool
) -> None:
    write, number = SqlStore.write, stage.known.number

    async def ending(self: SqlStore, name: str, job: Any) -> Any:
        if committed:
            await write(self, name, job)
        raise ProcessEndedError

    monkeypatch.setattr(SqlStore, "write", ending)
    with pytest.raises(PeerUnreachableError):
        await announce(stage, LATER)
    monkeypatch.setattr(SqlStore, "write", write)
    await stage.restart()
    await stage.fetch_directory()
    assert announced(stage) == ([(LATER, NEWER.version)] if committed else [])
    assert (NEWER.version in kept(stage)) is committed
    assert await announce(stage, LATER) == number + 1
    assert announced(stage) == [(LATER, NEWER.version)]


@pytest.mark.parametrize("damage", ["DELETE FROM permission_list", "UPDATE permission_list SET files = '{}'"])
async def test_a_store_without_a_list_that_its_directory_names_stops_the_start(stage: Stage, damage: str) -> None:
    await announce(stage, LATER)
    await stage.stop()
    behind(stage.folder / "core.db", f"{damage} WHERE version = ?", NEWER.version)
    with pytest.raises(RenkeiError) as error:
        await wiring.build(stage.config(), lambda _why: None)
    assert error.value.problem is Problem.BAD_STORE
    assert NEWER.version in error.value.detail


def upgrade(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on the program ships the newer list."""
    monkeypatch.setattr(permission_list, "_shipped", lambda: NEWER)
    monkeypatch.setattr(wiring, "shipped_files", lambda: NEWER_FILES)


async def test_where_the_old_list_was_never_kept_an_upgrade_puts_its_own_in_its_place(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    await stage.stop()
    behind(stage.folder / "core.db", "DELETE FROM permission_list")
    upgrade(monkeypatch)
    await stage.start()
    await stage.fetch_directory()
    assert (stage.known.list_version, announced(stage)) == (NEWER.version, [])


async def test_a_newer_program_brings_no_law_into_force_until_an_operator_announces_its_list(
    stage: Stage, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    upgrade(monkeypatch)
    for now in (clock.now, MIDNIGHT):
        clock.now = now
        await stage.restart()
        await stage.fetch_directory()
        assert (stage.known.list_version, announced(stage)) == (OWN.version, [])
        assert (await health(stage))["applies"] == OWN.version
    assert (await files_of(stage, OWN.version)).files.keys() == NEWER_FILES.keys()
    await announce(stage, LATER)
    assert announced(stage) == [(LATER, NEWER.version)]


async def test_what_an_operator_withdrew_does_not_come_back_with_a_restart(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    upgrade(monkeypatch)
    await stage.restart()
    await announce(stage, LATER)
    await withdraw(stage, LATER)
    await stage.restart()
    await stage.fetch_directory()
    assert announced(stage) == []


# Midnight in Japan.


@pytest.fixture
async def code(stage: Stage) -> str:
    """The inquirer's code of person 1, of whom the provider has one too."""
    await stage.code(OTHER, 1)
    return await stage.code(MAYOR, 1)


async def decided(stage: Stage, code: str, asked_at_ms: InstantMs, body: BodyId = MAYOR) -> tuple[str, str | None]:
    """The list by which the core decided, and the reason if it refused."""
    (reply,) = await stage.inquire(inquiry(code, asked_at_ms=asked_at_ms), body=body)
    record = stage.verified(reply).record
    return record["list_version"], record["reason"]


async def test_the_new_list_decides_what_is_asked_from_midnight_in_japan_on(
    stage: Stage, clock: Clock, code: str
) -> None:
    await announce(stage, TOMORROW)
    by_old, by_new = (OWN.version, None), (NEWER.version, "information-not-listed")
    clock.now = InstantMs(MIDNIGHT - 1)
    assert await decided(stage, code, clock.now) == by_old
    clock.now = MIDNIGHT
    assert await decided(stage, code, clock.now) == by_new


async def test_what_was_asked_before_midnight_and_arrives_after_it_is_decided_by_the_old_list(
    stage: Stage, clock: Clock, code: str
) -> None:
    await announce(stage, TOMORROW)
    clock.now = InstantMs(MIDNIGHT + 6 * 86_400_000)
    assert await decided(stage, code, InstantMs(MIDNIGHT - 1)) == (OWN.version, None)
    assert await decided(stage, code, MIDNIGHT) == (NEWER.version, "information-not-listed")


async def test_an_inquirer_whose_clock_is_ahead_asks_under_the_law_of_its_date(
    stage: Stage, clock: Clock, code: str
) -> None:
    await announce(stage, TOMORROW)
    clock.now = InstantMs(MIDNIGHT - 60_000)
    assert await decided(stage, code, MIDNIGHT) == (NEWER.version, "information-not-listed")


async def test_inquiries_of_both_days_in_one_message_are_decided_each_by_its_own_list(
    stage: Stage, clock: Clock, code: str
) -> None:
    await announce(stage, TOMORROW)
    clock.now = MIDNIGHT
    both = [inquiry(code, asked_at_ms=InstantMs(MIDNIGHT - 1)), inquiry(code, asked_at_ms=MIDNIGHT)]
    replies = await stage.inquire(*both)
    assert [stage.verified(reply).record["list_version"] for reply in replies] == [OWN.version, NEWER.version]


# Bounds, and what is told and kept.


async def test_a_list_of_which_nothing_is_in_force_on_its_first_day_is_refused(stage: Stage) -> None:
    header = NEWER_FILES["rows.tsv"].split("\n")[0] + "\n"
    before, number = kept(stage), stage.known.number
    error = await refused(announce(stage, LATER, {**NEWER_FILES, "rows.tsv": header}))
    assert (error.problem, LATER in error.detail) == (Problem.WRONG_TYPE, True)
    await stage.fetch_directory()
    assert (kept(stage), stage.known.number) == (before, number)


async def test_twelve_lists_may_wait_for_their_day_and_no_more(stage: Stage, clock: Clock) -> None:
    days = [TOMORROW, *(f"2028-{month:02}-01" for month in range(1, 12))]
    for day in days:
        await announce(stage, day)
    error = await refused(announce(stage, LATER))
    assert (error.problem, "12" in error.detail) == (Problem.TOO_MANY, True)
    await announce(stage, days[-1], OTHER_FILES)  # in place of another one
    clock.now = MIDNIGHT
    await announce(stage, LATER)
    assert len(announced(stage)) == 13


def told(caplog: pytest.LogCaptureFixture, what: str) -> list[dict[str, Any]]:
    names = ("version", "applies_from", "replaced")
    records = [record.__dict__["renkei"] for record in caplog.records if record.message == what]
    return [{name: record[name] for name in names if name in record} for record in records]


async def test_the_log_tells_which_list_was_announced_for_which_day_in_place_of_which(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="renkei"):
        for files in (NEWER_FILES, NEWER_FILES, OTHER_FILES):
            await announce(stage, LATER, files)
        for _ in range(2):
            await withdraw(stage, LATER)
    assert told(caplog, "list-announced") == [
        {"version": NEWER.version, "applies_from": LATER, "replaced": None},
        {"version": NEWER.version, "applies_from": LATER, "replaced": None},
        {"version": OTHER_LIST.version, "applies_from": LATER, "replaced": NEWER.version},
    ]
    assert told(caplog, "list-withdrawn") == [
        {"version": OTHER_LIST.version, "applies_from": LATER},
        {"version": None, "applies_from": LATER},
    ]


async def test_files_of_a_list_that_never_applied_and_is_named_no_more_are_dropped(stage: Stage, clock: Clock) -> None:
    await announce(stage, TOMORROW)
    clock.now = MIDNIGHT
    await announce(stage, LATER, OTHER_FILES)
    await withdraw(stage, LATER)
    await stage.restart()
    assert (await health(stage))["missing"] == []
    await stage.stop()
    assert kept(stage) == {OWN.version, NEWER.version}
