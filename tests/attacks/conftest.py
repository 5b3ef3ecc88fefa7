"""Small worlds to attack: an intermediate server with real keys and store, and a running core with bodies around it."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.rooms import core_stage, intermediate_world
from tests.rooms.core_stage import Stage
from tests.rooms.intermediate_world import World


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    made = await intermediate_world.ready(tmp_path)
    yield made
    await made.database.close()


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with AsyncExitStack() as stack:
        yield await core_stage.set_stage(tmp_path, stack)
