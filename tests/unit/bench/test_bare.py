"""Bare rows beside which what Renkei stores is shown: by SQLite, or by pgbench where it stores in PostgreSQL."""

from pathlib import Path

import psycopg
import pytest

from bench.context import QUICK, Context
from bench.floors import pgbench
from bench.floors.bare import Bare
from tests.postgres import Cluster, session_cluster

__all__ = ["session_cluster"]

needs_pgbench = pytest.mark.skipif(pgbench.installed() is None, reason=pgbench.MISSING)


def test_where_the_network_stores_in_files_the_floor_is_sqlite_itself(tmp_path: Path) -> None:
    bare = Bare(tmp_path)
    runs = [bare.rate(256, 64, 100)]
    assert runs[0] > 0
    assert bare.grown(64, 128) > 0
    floor = bare.floor("64 a commit", runs)
    assert floor is not None
    assert floor.name == "SQLite, 64 a commit"
    assert bare.missing == []


def test_the_postgresql_of_the_floor_is_the_one_in_which_the_core_stores() -> None:
    with Context(QUICK, "postgresql:///bench_{system}?host=/run/postgresql") as context:
        assert context.bare().address == "postgresql:///bench_core?host=/run/postgresql"
    with Context(QUICK) as context:
        assert context.bare().address is None


@needs_pgbench
def test_where_it_stores_in_postgresql_the_floor_is_pgbench_with_as_many_rows_in_each_commit(
    tmp_path: Path, session_cluster: Cluster
) -> None:
    with session_cluster.database() as address:
        bare = Bare(tmp_path, address)
        before = _commits(address)
        runs = [bare.rate(1_000, 100, 350)]
        assert runs[0] > 0
        assert 10 <= _commits(address) - before < 100
        assert bare.grown(64, 128) > 0
        with psycopg.connect(address) as connection:  # nothing of it is left
            assert connection.execute("SELECT to_regnamespace(%s)", [pgbench.SCHEMA]).fetchone() == (None,)
    floor = bare.floor("100 a commit", runs)
    assert floor is not None
    assert floor.name == "pgbench, 100 a commit"


def _commits(address: str) -> int:
    """Transactions of this database that wrote."""
    with psycopg.connect(address) as connection:
        found = connection.execute("SELECT txid_snapshot_xmax(txid_current_snapshot())").fetchone()
    assert found is not None
    return int(found[0])


@needs_pgbench
def test_pgbench_prepares_its_one_statement_and_runs_it_from_one_client() -> None:
    made = list(pgbench.command("postgresql:///x", Path("/s.sql"), 10))
    assert made[1:] == ["-n", "-M", "prepared", "-c", "1", "-t", "10", "-f", "/s.sql", "postgresql:///x"]


def test_without_pgbench_the_run_says_so_and_has_no_such_floor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pgbench, "installed", lambda: None)
    with Context(QUICK, "postgresql:///bench_{system}") as context:
        bare = context.bare()
        assert context.bare_rate(bare, 100, 10, 10) == []
        assert bare.missing == [pgbench.MISSING]
        assert (bare.floor("x", []), bare.peers("x", [])) == (None, [])
    assert Bare(tmp_path).missing == []
