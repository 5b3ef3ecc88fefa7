"""A PostgreSQL of the tests' own: one throwaway cluster per session, a fresh place in it per test.

The cluster lives in a temporary folder and listens on a socket in it, nowhere else. A small shell stands guard over it:
when the tests end, however they end, its standard input closes, and it stops the server and removes the folder.
"""

import getpass
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Self

import psycopg
import pytest
from psycopg import sql

from renkei.sandbox.layout import system_plans

ENGINES: Final = ("sqlite", "postgresql")
OLDEST: Final = 15
OWNER: Final = "postgres"
"""Who runs the server when the tests run as root, which PostgreSQL refuses to."""

SETTINGS: Final = """
listen_addresses = ''
unix_socket_directories = '{folder}'
unix_socket_permissions = 0700
max_connections = 200
shared_buffers = 64MB
max_wal_size = 512MB
fsync = on
full_page_writes = on
"""
CUT: Final = """
SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
FOLLOWING: Final = "SELECT 1 FROM pg_stat_replication WHERE application_name = 'east' AND sync_state = 'sync'"
# $1: folder, $2: where the programs are.
GUARD: Final = """
exec 3>&1 >"$1/guard.log" 2>&1
if "$2/pg_ctl" start -w -t 60 -D "$1/data" -l "$1/server.log" </dev/null 3>&-; then echo up >&3; else echo down >&3; fi
exec 3>&-
read -r _
"$2/pg_ctl" stop -w -m immediate -D "$1/data" </dev/null
rm -rf "$1"
"""


def find_programs() -> Path | None:
    """The folder with initdb and pg_ctl of the newest PostgreSQL on this machine; None without one that will do."""
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if installed and int(installed[-1].parts[-3]) >= OLDEST:
        return installed[-1].parent
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None


class Cluster:
    """A running server."""

    def __init__(self, programs: Path) -> None:
        self._programs = programs
        self.folder = Path(tempfile.mkdtemp(prefix="renkei-pg-"))
        self._as_owner = ["runuser", "-u", OWNER, "--"] if os.geteuid() == 0 else []
        if self._as_owner:
            shutil.chown(self.folder, OWNER)
        self._made = 0
        self._guard: subprocess.Popen[bytes] | None = None

    @classmethod
    @contextmanager
    def running(cls, programs: Path) -> Iterator[Self]:
        cluster = cls(programs)
        try:
            cluster._begin()
            yield cluster
        finally:
            cluster._end()

    def address(self, name: str) -> str:
        return f"postgresql:///{name}?host={self.folder}"

    @contextmanager
    def database(self) -> Iterator[str]:
        """A place of its own, empty; gone afterwards. Gives its address, to which further options may be added.

        A schema: making and dropping a whole database takes a second each, for its checkpoints.
        """
        self._made += 1
        name = f"store_{self._made}"
        self._say(sql.SQL("CREATE SCHEMA {}"), name)
        try:
            yield f"{self.address('postgres')}&options=-c%20search_path%3D{name}"
        finally:
            self._say(sql.SQL(CUT), name)
            self._say(sql.SQL("DROP SCHEMA {} CASCADE"), name)

    def kill(self) -> None:
        """As a power cut does: no word to anybody, nothing written out."""
        self._control("stop", "-m", "immediate")

    def kill_at_once(self) -> None:
        """SIGKILL to the server itself; its own processes notice and end."""
        os.kill(int((self.folder / "data" / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)

    def start(self) -> None:
        self._control("start", "-l", str(self.folder / "server.log"))

    def is_up(self) -> bool:
        """Whether the server runs; it does while it recovers from a crash of its own."""
        command = [*self._as_owner, str(self._programs / "pg_ctl"), "status", "-D", str(self.folder / "data")]
        return subprocess.run(command, check=False, cwd="/", capture_output=True).returncode == 0

    def told(self) -> str:
        """Its log."""
        return (self.folder / "server.log").read_text()

    def promote(self) -> None:
        """A standby takes over."""
        self._control("promote")

    def _make(self) -> None:
        who = getpass.getuser()
        made = ["--auth=trust", f"--username={who}", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
        self._run([str(self._programs / "initdb"), *made, "-D", str(self.folder / "data")])
        with (self.folder / "data" / "postgresql.conf").open("a") as file:
            file.write(SETTINGS.format(folder=self.folder))

    def _begin(self) -> None:
        self._make()
        command = [*self._as_owner, "sh", "-c", GUARD, "guard", str(self.folder), str(self._programs)]
        pipe = subprocess.PIPE
        self._guard = subprocess.Popen(command, stdin=pipe, stdout=pipe, cwd="/", start_new_session=True)
        assert self._guard.stdout is not None
        with self._guard.stdout as told:
            if told.readline() != b"up\n":
                raise RuntimeError(f"PostgreSQL does not start: {(self.folder / 'server.log').read_text()}")

    def _end(self) -> None:
        if self._guard is not None:
            assert self._guard.stdin is not None
            self._guard.stdin.close()
            self._guard.wait(60)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _say(self, statement: sql.SQL, name: str) -> None:
        with psycopg.connect(self.address("postgres"), autocommit=True) as connection:
            connection.execute(statement.format(sql.Identifier(name)))

    def _control(self, *what: str) -> None:
        self._run([str(self._programs / "pg_ctl"), *what, "-w", "-D", str(self.folder / "data")])

    def _run(self, command: Sequence[str]) -> None:
        null = subprocess.DEVNULL
        subprocess.run([*self._as_owner, *command], check=True, cwd="/", stdin=null, stdout=null, stderr=null)


class Standby(Cluster):
    """A copy of a running server, which follows it and takes part in each of its commits (synchronous replication)."""

    def __init__(self, programs: Path, primary: Cluster) -> None:
        super().__init__(programs)
        self._primary = primary

    @classmethod
    @contextmanager
    def following(cls, programs: Path, primary: Cluster) -> Iterator[Self]:
        """As docs/operate/drill.md says."""
        standby = cls(programs, primary)
        try:
            standby._begin()
            with psycopg.connect(primary.address("postgres"), autocommit=True) as connection:
                connection.execute("ALTER SYSTEM SET synchronous_standby_names = 'east'")
                connection.execute("SELECT pg_reload_conf()")
                while not connection.execute(FOLLOWING).fetchone():
                    connection.execute("SELECT pg_sleep(0.05)")
            yield standby
        finally:
            standby._end()

    def _make(self) -> None:
        source = f"host={self._primary.folder} user={getpass.getuser()} application_name=east"
        copy = ["-d", source, "-D", str(self.folder / "data"), "--write-recovery-conf", "--checkpoint=fast"]
        self._run([str(self._programs / "pg_basebackup"), *copy])
        with (self.folder / "data" / "postgresql.conf").open("a") as file:
            file.write(f"unix_socket_directories = '{self.folder}'\n")


@contextmanager
def stores(cluster: Cluster, prefix: str = "") -> Iterator[str]:
    """A place for each system of a sandbox; gives the URL with `{system}`. No connection is held: tests cut them all."""
    names = [prefix + plan.name.replace("-", "_") for plan in system_plans()]

    def say(statement: str) -> None:
        with psycopg.connect(cluster.address("postgres"), autocommit=True) as connection:
            for name in names:
                connection.execute(sql.SQL(statement).format(sql.Identifier(name)))

    say("CREATE SCHEMA {}")
    try:
        yield f"{cluster.address('postgres')}&options=-c%20search_path%3D{prefix}{{system}}"
    finally:
        say("DROP SCHEMA {} CASCADE")


@contextmanager
def place(engine: str, request: pytest.FixtureRequest) -> Iterator[str | None]:
    """Where a sandbox is to store (`Size.store`): in files of its folder, or in the session's PostgreSQL."""
    if engine == "sqlite":
        yield None
    else:
        with stores(request.getfixturevalue("session_cluster")) as url:
            yield url


@pytest.fixture(scope="session")
def session_cluster() -> Iterator[Cluster]:
    programs = find_programs()
    if programs is None:
        pytest.skip(f"PostgreSQL {OLDEST} or newer is not installed: scripts/setup.sh dev")
    with Cluster.running(programs) as cluster:
        yield cluster


@pytest.fixture(params=ENGINES)
def store(request: pytest.FixtureRequest) -> Iterator[str | None]:
    """Where a sandbox of this one test is to store: first in files, then in PostgreSQL."""
    with place(request.param, request) as url:
        yield url
