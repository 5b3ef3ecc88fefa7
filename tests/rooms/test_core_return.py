"""A core whose store is older than what it has published signs nothing: it asks the witness first (design 5)."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import msgspec
import pytest

from bench.capacity.measure import LIST, written_with
from renkei.messages.directory import Done
from renkei.messages.log import Cosignature
from renkei.platform.config import KeyFile
from renkei.platform.peers.client import PeerUnreachableError
from renkei.terms.bodies import Role
from renkei.terms.errors import RenkeiError
from renkei.translog.checkpoint import open_checkpoint

from .core_stage import MAYOR, ORIGIN, OTHER, Stage, inquiry, set_stage
from .stores import behind, only_sqlite
from .test_supervision import Supervision, records

NEXT_ORIGIN = f"{ORIGIN}-2"


@pytest.fixture
async def supervision(tmp_path: Path) -> AsyncIterator[Supervision]:
    """A witness at a fixed address, which the core knows."""
    async with AsyncExitStack() as stack:
        stage = await set_stage(tmp_path, stack)
        path, unlock = tmp_path / "witness.keys", tmp_path / "witness.unlock"
        unlock.touch(mode=0o600)
        unlock.write_bytes(b"open")
        path.write_bytes(stage.witness.dump(b"open"))
        tls = stage.identities.tls(Role.SUPERVISION, "supervision")
        running = Supervision(stage, KeyFile(path=path, unlock=unlock), tls)
        stack.push_async_callback(running.stop)
        await running.start()
        running.port = int(running.target.base.rsplit(":", 1)[1])
        stage.supervision_url = running.target.base
        yield running


async def health(stage: Stage) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.json.decode(await stage.operator.fetch(stage.target, "/v1/health"))
    return found


async def until(stage: Stage, true: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    async with asyncio.timeout(20):
        while not true(found := await health(stage)):
            await asyncio.sleep(0)
        return found


async def refused(stage: Stage) -> bool:
    """Whether an inquiry is turned away at the door, for now and with nothing kept of it."""
    before = await stage.counts()
    try:
        await stage.inquire(inquiry(stage.bodies[MAYOR].codes()[0]))
    except PeerUnreachableError as error:
        return error.detail.endswith("503") and await stage.counts() == before
    return False


async def cosigned(supervision: Supervision, size: int) -> None:
    await supervision.until(lambda state: state.size == size)
    await supervision.stage.settled(lambda counts: counts.cosigned_size == size)


async def test_a_core_that_starts_signs_as_soon_as_the_witness_agrees(supervision: Supervision) -> None:
    stage = supervision.stage
    await records(stage, 5)
    await cosigned(supervision, 5)
    await stage.restart()
    await until(stage, lambda found: found["log"] == "agreed")
    await records(stage, 1)
    assert (await stage.counts()).log_size == 6


async def test_until_the_witness_is_heard_the_core_serves_what_it_has_and_signs_nothing(
    supervision: Supervision,
) -> None:
    stage = supervision.stage
    await records(stage, 5)
    await cosigned(supervision, 5)
    await supervision.stop()
    await stage.restart()
    assert (await health(stage))["log"] == "waiting"
    assert await refused(stage)
    assert (await stage.fetch_directory()).number == stage.known.number
    await stage.operator.fetch(stage.target, "/log/checkpoint")
    await supervision.start()
    await until(stage, lambda found: found["log"] == "agreed")
    assert not await refused(stage)


async def test_a_new_core_and_a_new_witness_agree_on_nothing(supervision: Supervision) -> None:
    stage = supervision.stage
    await stage.restart()
    await until(stage, lambda found: found["log"] == "agreed")


@only_sqlite
async def test_a_core_on_an_older_disk_permits_and_signs_nothing_and_says_so(supervision: Supervision) -> None:
    stage = supervision.stage
    await set_back(supervision)
    found = await until(stage, lambda found: found["log"] != "waiting")
    assert (found["log"], found["log_size"]) == ("behind", 5)
    assert await refused(stage)
    with pytest.raises(RenkeiError):
        await stage.change(OTHER, name_en="changed")  # a directory's number would be given away twice
    line = (await supervision.state()).checkpoint.splitlines()[-1]
    with pytest.raises(RenkeiError):
        await stage.supervision.send(stage.target, "/v1/cosignatures", Cosignature(size=5, line=line), Done)
    state = await supervision.until(lambda state: state.alert is not None)
    assert (state.alert, state.size) == ("smaller", 10)
    assert (await stage.counts()).log_size == 5


@only_sqlite
async def test_the_operator_s_way_back_is_a_new_name_for_the_log(supervision: Supervision) -> None:
    stage = supervision.stage
    old = (await stage.fetch_directory()).number
    old_trust = stage.trust
    await set_back(supervision)
    await until(stage, lambda found: found["log"] == "behind")
    last = (await supervision.state()).checkpoint
    await supervision.stop()
    await stage.stop()

    behind(stage.folder / "core.db", "INSERT INTO log_closed (origin, size, closed_at_ms) VALUES (?, 5, 0)", ORIGIN)
    stage.log_origin = NEXT_ORIGIN
    await stage.start()
    directory = await stage.fetch_directory()
    assert directory.number == old + 1_000_000
    assert directory.log_origin == NEXT_ORIGIN
    supervision.origin = NEXT_ORIGIN
    await supervision.start()
    await until(stage, lambda found: found["log"] == "agreed")
    assert not await refused(stage)
    await cosigned(supervision, 6)
    assert (await supervision.state()).alert is None
    assert open_checkpoint(last, ORIGIN, old_trust.keys)[0].size == 10  # the old one is over, and still proves


async def set_back(supervision: Supervision) -> None:
    """The core had 10 leaves and all of them cosigned; now it runs on the disk on which it had 5."""
    stage = supervision.stage
    await records(stage, 5)
    await cosigned(supervision, 5)
    await stage.stop()
    shutil.copy(stage.folder / "core.db", stage.folder / "core.old")
    await stage.start()
    await until(stage, lambda found: found["log"] == "agreed")
    await records(stage, 5)
    await cosigned(supervision, 10)
    await stage.stop()
    shutil.copy(stage.folder / "core.old", stage.folder / "core.db")
    await stage.start()


async def test_the_capacity_plan_measures_a_writer_that_waits_for_nobody(supervision: Supervision) -> None:
    stage = supervision.stage
    await stage.stop()
    assert await asyncio.to_thread(written_with, stage.config(), 2 * LIST) > 0
    await stage.start()
    assert (await stage.counts()).log_size == 4 * LIST
