"""For all tests: no example is judged by its time, since speed stands in the benchmarks and machines differ."""

import pytest
from hypothesis import settings

settings.register_profile("renkei", deadline=None)
settings.load_profile("renkei")


def pytest_addoption(parser: pytest.Parser) -> None:
    words = "every room on PostgreSQL too, not only those that store most (minutes more)"
    parser.addoption("--postgresql", action="store_true", help=words)
