"""One process with the base network for all tests of this folder."""

from collections.abc import Iterator

import pytest

from tests.simulation.workshop import Workshop, opened


@pytest.fixture(scope="session")
def workshop() -> Iterator[Workshop]:
    with opened() as running:
        yield running
