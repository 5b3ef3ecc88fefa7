"""Rooms with a store: each test on SQLite; on PostgreSQL too where a room stores most, and everywhere if asked to."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Final

import pytest

from tests.postgres import Cluster, session_cluster

from . import stores

__all__ = ["session_cluster"]

DEEPEST: Final = frozenset(
    {
        "test_addressee",
        "test_core_acquisition",
        "test_core_inquiries",
        "test_intermediate_codes",
        "test_intermediate_jobs",
        "test_residents",
    }
)
"""Modules whose systems store most in most ways; all of them would take minutes more."""
WORLDS: Final = frozenset({"world", "stage", "network", "supervision"})
"""The fixtures that bring a system with its store."""
WITHOUT: Final = frozenset({"test_interface"})
"""A world whose system stores nothing."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    module = metafunc.module.__name__.rpartition(".")[2]
    too = module not in WITHOUT if metafunc.config.getoption("--postgresql") else module in DEEPEST
    chosen = any(mark.args[0] == "engine" for mark in metafunc.definition.iter_markers("parametrize"))
    if too and not chosen and not WORLDS.isdisjoint(metafunc.fixturenames):
        metafunc.parametrize("engine", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture(autouse=True)
def engine(request: pytest.FixtureRequest) -> Iterator[None]:
    """Where `stores.store_at` puts the stores of this test."""
    if getattr(request, "param", "sqlite") == "sqlite":
        yield
        return
    cluster: Cluster = request.getfixturevalue("session_cluster")
    with ExitStack() as stack:
        stores.places = stores.Places(cluster, stack)
        try:
            yield
        finally:
            stores.places = None
