"""Lists that the directory names: believed by their hash alone, whoever hands them over, and kept across a restart."""

import asyncio
import errno
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from datetime import date
from pathlib import Path

import msgspec
import pytest

from renkei.law.list import PermissionList
from renkei.messages.codec import encode
from renkei.messages.directory import AnnouncedList, Directory, ListFiles
from renkei.platform.peers import lists as list_keeper
from renkei.platform.peers.client import PeerUnreachableError
from renkei.platform.peers.directory import DirectoryKeeper
from renkei.platform.peers.lists import ListKeeper
from renkei.platform.peers.pump import PumpOptions
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem
from tests.newer import NEWER, NEWER_FILES, OTHER, OTHER_FILES, OWN

from .test_directory import PUBLIC, Core, directory, signed

AT_ONCE = PumpOptions(first_ms=1, last_ms=2, max_idle_ms=None, entropy=bytes)
NAMES_NEWER = (AnnouncedList(version=NEWER.version, applies_from="2099-04-01"),)
NAMES_BOTH = (*NAMES_NEWER, AnnouncedList(version=OTHER.version, applies_from="2099-07-01"))


class Source:
    """Hands lists over; can be away, slow, or hand over something else."""

    def __init__(self) -> None:
        self.files = {NEWER.version: NEWER_FILES, OTHER.version: OTHER_FILES}
        self.away = False
        self.asked: list[str] = []
        self.again = asyncio.Event()
        """Set at each question."""
        self.gate = asyncio.Event()
        self.gate.set()

    async def fetch(self, version: str) -> ListFiles:
        self.asked.append(version)
        self.again.set()
        await self.gate.wait()
        if self.away:
            raise PeerUnreachableError(Problem.UNREACHABLE, "interface")
        if version not in self.files:
            raise RenkeiError(Problem.UNKNOWN_DOOR)
        return ListFiles(files=self.files[version])

    async def asked_again(self, times: int = 2) -> None:
        for _ in range(times):
            self.again.clear()
            await self.again.wait()


class World:
    """A core, a source, and keepers over one folder."""

    def __init__(self, folder: Path, stack: AsyncExitStack) -> None:
        self.folder = folder
        self.stack = stack
        self.core = Core()
        self.source = Source()
        self.core.published = signed(self._directory(1, ()))

    def _directory(self, number: int, announced: tuple[AnnouncedList, ...]) -> Directory:
        return msgspec.structs.replace(directory(number), list_version=OWN.version, announced=announced)

    def start(self, *, in_memory: bool = False) -> tuple[DirectoryKeeper, ListKeeper]:
        keeper = DirectoryKeeper(PUBLIC, self.folder / "directory.json", self.core.fetch, AT_ONCE)
        lists = ListKeeper(keeper, None if in_memory else self.folder / "lists", self.source.fetch, AT_ONCE)
        for part in (keeper, lists):
            self.stack.push_async_callback(part.stop)
            part.start()
        return keeper, lists

    def publish(self, keeper: DirectoryKeeper, number: int, announced: tuple[AnnouncedList, ...]) -> None:
        self.core.published = signed(self._directory(number, announced))
        keeper.wake()


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with AsyncExitStack() as stack:
        yield World(tmp_path, stack)


async def until(true: Callable[[], object]) -> None:
    async with asyncio.timeout(20):
        while not true():
            await asyncio.sleep(0)


def held(lists: ListKeeper, permissions: PermissionList) -> bool:
    return lists.editions.of(permissions.version) is not None


async def stopped(*parts: ListKeeper | DirectoryKeeper) -> None:
    for part in parts:
        await part.stop()


async def test_an_announced_list_is_fetched_ahead_of_its_day(world: World) -> None:
    keeper, lists = world.start()
    world.publish(keeper, 2, NAMES_NEWER)
    await until(lambda: held(lists, NEWER))
    assert lists.editions.missing() == ()
    assert world.source.asked == [NEWER.version]


async def test_nothing_is_fetched_that_the_program_has_itself(world: World) -> None:
    keeper, lists = world.start()
    await keeper.ready()
    assert lists.editions.missing() == ()
    assert lists.files(OWN.version).files.keys() == NEWER_FILES.keys()
    assert world.source.asked == []


async def test_a_kept_list_is_read_back_without_asking_anybody(world: World) -> None:
    keeper, lists = world.start()
    world.publish(keeper, 2, NAMES_NEWER)
    await until((world.folder / "lists" / f"{NEWER.version}.json").exists)
    await stopped(lists, keeper)
    world.core.away = world.source.away = True
    world.source.asked.clear()
    _, again = world.start()
    assert held(again, NEWER)
    assert again.files(NEWER.version).files == NEWER_FILES
    assert world.source.asked == []


@pytest.mark.parametrize(
    "damage",
    [lambda _: b"{", lambda _: encode(ListFiles(files=OTHER_FILES)), lambda kept: kept[: len(kept) // 2]],
    ids=["not a message", "another list", "cut off"],
)
async def test_a_kept_list_that_was_damaged_is_not_believed_and_fetched_again(
    world: World, damage: Callable[[bytes], bytes]
) -> None:
    keeper, lists = world.start()
    world.publish(keeper, 2, NAMES_NEWER)
    await until((world.folder / "lists" / f"{NEWER.version}.json").exists)
    await stopped(lists, keeper)
    kept = world.folder / "lists" / f"{NEWER.version}.json"
    good = kept.read_bytes()
    kept.write_bytes(damage(good))
    world.source.gate.clear()
    _, again = world.start()
    assert again.editions.missing() == (NEWER.version,)
    world.source.gate.set()
    await until(lambda: held(again, NEWER) and kept.read_bytes() == good)


async def test_a_kept_list_that_cannot_be_read_does_not_hinder_the_start_and_is_fetched_again(world: World) -> None:
    keeper, lists = world.start()
    world.publish(keeper, 2, NAMES_BOTH)
    kept = world.folder / "lists" / f"{NEWER.version}.json"
    await until(lambda: kept.exists() and kept.with_stem(OTHER.version).exists())
    await stopped(lists, keeper)
    kept.unlink()
    kept.mkdir()
    world.source.gate.clear()
    _, again = world.start()
    assert again.editions.missing() == (NEWER.version,)
    assert held(again, OTHER)
    world.source.gate.set()
    await until(lambda: held(again, NEWER))


async def test_on_a_full_disk_every_list_is_held_all_the_same_and_each_loss_is_told_once(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(_path: Path, _data: bytes) -> None:
        raise OSError(errno.ENOSPC, "no space")

    keeper, lists = world.start()
    await keeper.ready()
    monkeypatch.setattr(list_keeper, "keep_file", full)
    with caplog.at_level(logging.INFO, logger="renkei"):
        world.publish(keeper, 2, NAMES_BOTH)
        await until(lambda: held(lists, NEWER) and held(lists, OTHER))
        world.publish(keeper, 3, NAMES_BOTH)
        await until(lambda: keeper.current.number == 3)
        await until(lambda: [r.message for r in caplog.records].count("list-not-kept") == 2)
    told = [(r.levelname, r.message) for r in caplog.records if r.levelname in {"ERROR", "CRITICAL"}]
    assert told == [("ERROR", "list-not-kept")] * 2
    assert sorted(world.source.asked) == sorted([NEWER.version, OTHER.version])
    assert list((world.folder / "lists").iterdir()) == []


async def test_where_the_folder_cannot_be_made_lists_are_held_in_memory(world: World) -> None:
    (world.folder / "lists").write_text("in the way")
    keeper, lists = world.start()
    world.publish(keeper, 2, NAMES_BOTH)
    await until(lambda: held(lists, NEWER) and held(lists, OTHER))
    assert lists.files(NEWER.version).files == NEWER_FILES


async def test_files_that_the_directory_names_no_more_are_deleted_and_the_others_stay(world: World) -> None:
    keeper, lists = world.start()
    world.publish(keeper, 2, NAMES_BOTH)
    folder = world.folder / "lists"
    await until(lambda: len([*folder.glob("*.json")]) == 2)
    (folder / "notes.txt").write_text("not a list")
    world.publish(keeper, 3, NAMES_BOTH[1:])
    await until(lambda: not lists.editions.knows(NEWER.version))
    assert {path.name for path in folder.iterdir()} == {f"{OTHER.version}.json", "notes.txt"}
    assert lists.files(OTHER.version).files == OTHER_FILES
    assert lists.files(OWN.version).files.keys() == NEWER_FILES.keys()
    world.publish(keeper, 4, NAMES_BOTH)
    await until(lambda: held(lists, NEWER))
    assert world.source.asked.count(NEWER.version) == 2


async def test_who_hands_over_another_list_is_not_believed_and_the_others_are_held(world: World) -> None:
    keeper, lists = world.start()
    world.source.files[NEWER.version] = OTHER_FILES
    world.publish(keeper, 2, NAMES_BOTH)
    await until(lambda: held(lists, OTHER))
    await world.source.asked_again()
    assert lists.editions.missing() == (NEWER.version,)
    assert [path.name for path in (world.folder / "lists").iterdir()] == [f"{OTHER.version}.json"]
    world.source.files[NEWER.version] = NEWER_FILES
    await until(lambda: held(lists, NEWER))


async def test_a_list_that_does_not_parse_is_never_held(world: World) -> None:
    keeper, lists = world.start()
    world.source.files[NEWER.version] = {**NEWER_FILES, "rows.tsv": "nothing\n"}
    world.publish(keeper, 2, NAMES_NEWER)
    await world.source.asked_again(3)
    assert not held(lists, NEWER)
    assert list((world.folder / "lists").iterdir()) == []


async def test_an_absent_source_is_asked_until_it_is_there(world: World) -> None:
    keeper, lists = world.start()
    world.source.away = True
    world.publish(keeper, 2, NAMES_NEWER)
    await world.source.asked_again(3)
    assert not held(lists, NEWER)
    world.source.away = False
    await until(lambda: held(lists, NEWER))


async def test_a_slow_source_holds_up_nothing_and_what_was_withdrawn_meanwhile_is_not_known(world: World) -> None:
    keeper, lists = world.start()
    world.source.gate.clear()
    world.publish(keeper, 2, NAMES_NEWER)
    await world.source.again.wait()
    world.publish(keeper, 3, ())
    await until(lambda: keeper.current.number == 3)
    assert lists.editions.at(date(2099, 4, 1)) is OWN
    world.source.gate.set()
    world.publish(keeper, 4, NAMES_BOTH[1:])
    await until(lambda: held(lists, OTHER))
    assert not lists.editions.knows(NEWER.version)
    assert not held(lists, NEWER)


async def test_in_memory_nothing_is_written_and_the_files_are_handed_on(world: World) -> None:
    keeper, lists = world.start(in_memory=True)
    world.publish(keeper, 2, NAMES_NEWER)
    await until(lambda: held(lists, NEWER))
    assert lists.files(NEWER.version).files == NEWER_FILES
    assert [path.name for path in world.folder.iterdir()] == ["directory.json"]


def problem_of(call: Callable[[], object]) -> Problem:
    with pytest.raises(RenkeiError) as error:
        call()
    return error.value.problem


async def test_only_what_the_directory_names_and_what_is_here_is_handed_on(world: World) -> None:
    keeper, lists = world.start(in_memory=True)
    await keeper.ready()
    assert problem_of(lambda: lists.files(NEWER.version)) is Problem.UNKNOWN_DOOR
    world.source.away = True
    world.publish(keeper, 2, NAMES_NEWER)
    await until(lambda: lists.editions.knows(NEWER.version))
    assert problem_of(lambda: lists.files(NEWER.version)) is Problem.UNREACHABLE
