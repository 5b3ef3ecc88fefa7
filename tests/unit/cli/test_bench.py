"""`renkei bench` where what it needs is not installed."""

import sys

import pytest

from .conftest import Run


def test_what_is_missing_is_named_with_what_installs_it(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    result = run("bench", "nope")
    assert result.exit_code == 2
    assert "The benchmarks need psycopg: run `scripts/setup.sh bench`" in result.stderr
    assert "scripts/setup.sh bench を実行してください" in result.stderr
