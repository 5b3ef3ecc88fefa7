"""A standby takes over, the lost server becomes its standby, and takes over again: by the commands of docs/operate/drill.md."""

import asyncio
import getpass
import re
import subprocess
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import psycopg
import pytest

from renkei.platform.sql import Database, Store
from tests import operate
from tests.operate import Shell
from tests.postgres import OLDEST, Cluster, find_programs

from .conftest import NOTES, put

ADD = "INSERT INTO note (id, text) VALUES (:id, '')"
NAMES = ("west", "east")
# $1: folder. As the guard of tests/postgres.py, over a server that it does not start itself.
GUARD = 'read -r _; pg_ctl stop -w -m immediate -D "$1/data" </dev/null >/dev/null 2>&1; rm -rf "$1"'
FOUND = "SELECT id FROM note ORDER BY id"


class Site(Cluster):
    """One of two machines, and a shell of the server's owner there."""

    def __init__(self, programs: Path, name: str) -> None:
        super().__init__(programs)
        self._as_owner = list(operate.as_owner())
        self.name = name
        self.shell = Shell(self.folder, programs, owner=True)

    @classmethod
    @contextmanager
    def guarded(cls, programs: Path, name: str, primary: Self | None = None) -> Iterator[Self]:
        """With a server of its own, or with a standby of another's."""
        site = cls(programs, name)
        command = [*site._as_owner, "sh", "-c", GUARD, "guard", str(site.folder)]
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("PATH", operate.path_with(programs))
            site._guard = subprocess.Popen(command, stdin=subprocess.PIPE, cwd="/", start_new_session=True)
        try:
            if primary is None:
                site._make()
                site.start()
            else:
                site.follow(operate.STANDBY, primary)
            yield site
        finally:
            site._end()

    def follow(self, which: tuple[str, str], primary: "Site") -> None:
        """Become its standby, on an empty disk. The machines are one here, so each has a place for its socket."""
        instead = {f"host={primary.name} ": f"host={primary.folder} ", "user=replicator": f"user={getpass.getuser()}"}
        copy, start = operate.block(which, instead).splitlines()
        self.shell.does(copy)
        with (self.folder / "data" / "postgresql.conf").open("a") as file:
            file.write(f"unix_socket_directories = '{self.folder}'\n")
        self.shell.does(start)

    def asked(self, which: tuple[str, str]) -> list[tuple[str, str]]:
        """What the last of the page's statements answers."""
        answer = []
        with psycopg.connect(self.address("postgres"), autocommit=True) as connection:
            for statement in re.sub(r"--.*", "", operate.block(which)).split(";"):
                if statement.strip():
                    cursor = connection.execute(statement.encode())
                    answer = cursor.fetchall() if cursor.description else []
        return answer

    def lose(self) -> None:
        self.kill_at_once()

    def put_away(self) -> None:
        """Its old data are out of the way, and as after any start of a machine no socket is left of the dead server."""
        for left in self.folder.glob(".s.PGSQL.*"):
            left.unlink()
        (self.folder / "data").rename(self.folder / "old")


class Office:
    """A program whose configuration names both servers, as the page says."""

    def __init__(self, folder: Path, sites: Sequence[Site]) -> None:
        instead = {f"{site.name}.example": str(site.folder) for site in sites} | {":///core?": ":///postgres?"}
        text = operate.block(operate.ADDRESS, instead)
        self._store = Store(tomllib.loads(text)["store"])
        self._migrations = put(folder / "migrations", "0001_notes.sql", NOTES)
        self.acknowledged: list[int] = []

    async def write(self, *numbers: int) -> list[int]:
        """Rows, each acknowledged; then all that are there."""
        database = Database.open(self._store, [self._migrations])
        try:
            for number in numbers:
                await database.write("add", lambda tx, number=number: tx.run(ADD, id=number))  # type: ignore[misc]
                self.acknowledged.append(number)
            return [int(number) for (number,) in await database.read(lambda tx: tx.rows(FOUND))]
        finally:
            await database.close()


async def until_sync(primary: Site, which: tuple[str, str], standby: Site) -> None:
    """The page's last statement is to be looked at until it says so."""
    async with asyncio.timeout(60):
        while primary.asked(which) != [(standby.name, "sync")]:
            await asyncio.sleep(0)


async def take_over(office: Office, lost: Site, standby: Site, number: int) -> None:
    """The drill's steps 3 to 6."""
    assert await office.write(number, number + 1) == office.acknowledged
    lost.lose()
    standby.shell.does(operate.PROMOTE)
    assert await office.write(number + 2) == office.acknowledged


async def test_a_standby_takes_over_and_the_lost_server_becomes_its_standby_and_takes_over_again(
    tmp_path: Path,
) -> None:
    programs = find_programs()
    if programs is None:
        pytest.skip(f"PostgreSQL {OLDEST} or newer is not installed: scripts/setup.sh dev")
    with Site.guarded(programs, "west") as west, Site.guarded(programs, "east", west) as east:
        await until_sync(west, operate.WAIT_FOR_EAST, east)
        office = Office(tmp_path, (west, east))
        await take_over(office, west, east, 1)

        west.put_away()
        west.follow(operate.STANDBY_AGAIN, east)
        await until_sync(east, operate.WAIT_FOR_WEST, west)
        await take_over(office, east, west, 4)
    assert office.acknowledged == [1, 2, 3, 4, 5, 6]
