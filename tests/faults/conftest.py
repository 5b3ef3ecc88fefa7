"""A network of real processes for each engine and all faults that it outlives, and what was ever asked of it."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from renkei.sandbox.build import Size, prepared
from renkei.sandbox.load import Load
from renkei.sandbox.network import Network
from tests.postgres import ENGINES, place, session_cluster

__all__ = ["session_cluster"]
RESIDENTS = 60


@pytest.fixture(scope="session", params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    """What the systems store in. A test for one engine parametrizes this anew."""
    return str(request.param)


@pytest.fixture(scope="session")
def store(engine: str, request: pytest.FixtureRequest) -> Iterator[str | None]:
    with place(engine, request) as url:
        yield url


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def loaded(store: str | None, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Network, Load]]:
    folder = tmp_path_factory.mktemp("faults")
    async with prepared(Path(folder), Size(RESIDENTS, store), lambda _: None) as (network, people):
        load = Load(network, people)
        await load.prepare()
        yield network, load


@pytest.fixture(scope="session")
def network(loaded: tuple[Network, Load]) -> Network:
    return loaded[0]


@pytest.fixture(scope="session")
def load(loaded: tuple[Network, Load]) -> Load:
    return loaded[1]
