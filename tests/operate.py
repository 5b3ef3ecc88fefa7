"""The pages for operators, as somebody at a shell types what they say: commands are read from the page, never repeated.

A page names places (`/backups`), days and hosts of no machine; a test says what stands there instead. When the tests
run as root, what is PostgreSQL's is typed as its owner, who may yet read a program that lies in root's home.
"""

import asyncio
import getpass
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final, Self

import psycopg
import pytest

from tests.postgres import OLDEST, OWNER, Cluster, find_programs

PAGES: Final = Path(__file__).parents[1] / "docs" / "operate"
PAGE_MOMENT: Final = "2026-11-23 15:00:00+09"
PAGE_INSTANT: Final = "2026-11-23T15:00:00+09:00"
_BLOCK: Final = re.compile(r"^```(\w+)\n(.*?)^```", re.DOTALL | re.MULTILINE)
_READER: Final = ("--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search")

# Every block of commands, by words that no other has. tests/store/test_backup.py holds them against the pages.
TAKE: Final = ("backup.md", "renkei backup take")
RESTORE: Final = ("backup.md", "renkei backup restore")
PREPARE: Final = ("backup.md", "mkdir -m 700 /backups/wal")
ARCHIVE: Final = ("backup.md", "archive_command")
BASE: Final = ("backup.md", "pg_basebackup")
RECOVER: Final = ("backup.md", "recovery.signal")
CLOSE: Final = ("backup.md", "renkei backup close-log --config core.toml\n")
STANDBY: Final = ("drill.md", "application_name=east")
WAIT_FOR_EAST: Final = ("drill.md", "synchronous_standby_names = 'east'")
ADDRESS: Final = ("drill.md", "target_session_attrs")
STANDBY_AGAIN: Final = ("drill.md", "application_name=west")
WAIT_FOR_WEST: Final = ("drill.md", "synchronous_standby_names = 'west'")
PROMOTE: Final = "pg_ctl -D data promote"
"""In the table of drill.md."""
BLOCKS: Final = (
    TAKE, RESTORE, PREPARE, ARCHIVE, BASE, RECOVER, CLOSE,
    STANDBY, WAIT_FOR_EAST, ADDRESS, STANDBY_AGAIN, WAIT_FOR_WEST,
)  # fmt: skip


@cache
def as_owner() -> tuple[str, ...]:
    """What stands before a command that PostgreSQL's owner gives; nothing where the tests do not run as root."""
    if os.geteuid() != 0:
        return ()
    plain = ("runuser", "-u", OWNER, "--")
    if subprocess.run([*plain, sys.executable, "-c", ""], check=False, cwd="/", capture_output=True).returncode == 0:
        return plain
    return ("setpriv", f"--reuid={OWNER}", f"--regid={OWNER}", "--clear-groups", *_READER, "--")


def blocks(page: str) -> list[str]:
    """Every block of a page, as it stands there."""
    return [text for _, text in _BLOCK.findall((PAGES / page).read_text(encoding="utf-8"))]


def block(which: tuple[str, str], instead: Mapping[str, str] | None = None) -> str:
    """The one block of a page with these words; each place that it names stands for one of the test's."""
    page, words = which
    (text,) = [each for each in blocks(page) if words in each]
    for there, here in (instead or {}).items():
        text = text.replace(there, here)
    return text


def line(which: tuple[str, str], words: str, instead: Mapping[str, str] | None = None) -> str:
    """The one line of a block with these words, without its comment."""
    (found,) = [each for each in block(which, instead).splitlines() if words in each]
    return found.partition(" # ")[0].strip()


@dataclass(frozen=True)
class Shell:
    """A shell in a folder: what it is given is what the page says."""

    folder: Path
    programs: Path | None = None
    """PostgreSQL's."""
    says: Mapping[str, str] = field(default_factory=dict)
    """Its environment beside the test's own."""
    owner: bool = False
    """Whether PostgreSQL's owner types, where that is another than the tests'."""

    def types(self, commands: str) -> subprocess.CompletedProcess[str]:
        """Lines pasted into a shell, all of them. What they start may live on, so they write to files."""
        environment = {**os.environ, "PATH": path_with(self.programs), **self.says}
        command = [*(as_owner() if self.owner else ()), "sh", "-c", commands]
        null = subprocess.DEVNULL
        with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
            done = subprocess.run(
                command, check=False, cwd=self.folder, env=environment, stdin=null, stdout=out, stderr=err
            )
            out.seek(0)
            err.seek(0)
            return subprocess.CompletedProcess(commands, done.returncode, out.read(), err.read())

    def does(self, commands: str) -> str:
        """Line by line, and each must end well; gives what they said."""
        done = self.types(f"set -e\n{commands}")
        assert done.returncode == 0, (commands, done.stdout, done.stderr)
        return done.stdout


def path_with(programs: Path | None) -> str:
    """A search path with `renkei`, and with PostgreSQL's programs."""
    own = [str(Path(sys.executable).parent), *([str(programs)] if programs else [])]
    return os.pathsep.join([*own, os.environ["PATH"]])


class Archiving(Cluster):
    """A server that archives its WAL as docs/operate/backup.md says; in its folder its owner types what stands there."""

    def __init__(self, programs: Path) -> None:
        super().__init__(programs)
        self._as_owner = list(as_owner())
        self.instead = {"/safe/": f"{self.folder}/safe/", "/backups/": f"{self.folder}/backups/"}
        self.shell = Shell(self.folder, programs, {"PGHOST": str(self.folder), "PGUSER": getpass.getuser()}, owner=True)

    @classmethod
    @contextmanager
    def here(cls) -> Iterator[Self]:
        """One for a test, or the test is left out."""
        programs = find_programs()
        if programs is None:
            pytest.skip(f"PostgreSQL {OLDEST} or newer is not installed: scripts/setup.sh dev")
        with cls.running(programs) as cluster:
            yield cluster

    @property
    def backups(self) -> Path:
        """Where its backups and its archive are."""
        return self.folder / "backups"

    def base(self) -> None:
        """A base backup."""
        self.shell.does(block(BASE, self.instead))

    def moment(self) -> str:
        """Now, by its clock."""
        with psycopg.connect(self.address("postgres")) as connection:
            ((moment,),) = connection.execute("SELECT clock_timestamp()::text").fetchall()
        return str(moment)

    async def archived(self) -> list[Path]:
        """Wait until all WAL so far is in the archive."""
        with psycopg.connect(self.address("postgres"), autocommit=True) as connection:
            ((newest,),) = connection.execute("SELECT pg_walfile_name(pg_switch_wal())").fetchall()
        while not (self.backups / "wal" / f"{newest}.sealed").exists():
            await asyncio.sleep(0)
        return sorted((self.backups / "wal").iterdir())

    def lose(self) -> None:
        """Its plug is pulled, and its disk is gone."""
        self.kill()
        self.clear()

    def clear(self) -> None:
        """An empty place for its data, and for its log."""
        shutil.rmtree(self.folder / "data")
        (self.folder / "server.log").unlink()

    def told_by_server(self) -> str:
        """What `server.log` says."""
        return (self.folder / "server.log").read_text()

    def recover(self, until: str | None) -> subprocess.CompletedProcess[str]:
        """Back to a moment; without one, to the end of the archive."""
        assert PAGE_MOMENT in block(RECOVER)
        lines = block(RECOVER, {**self.instead, PAGE_MOMENT: until or PAGE_MOMENT}).splitlines(keepends=True)
        wanted = [each for each in lines if until or not each.startswith("recovery_target_time")]
        return self.shell.types("".join(wanted))

    def _make(self) -> None:
        super()._make()
        for name in ("safe", "backups"):
            self._run(["mkdir", str(self.folder / name)])
        self.shell.does(block(PREPARE, self.instead))
        with (self.folder / "data" / "postgresql.conf").open("a") as file:
            file.write(block(ARCHIVE, self.instead))

    def _begin(self) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("PATH", path_with(self._programs))  # what archives finds `renkei` there
            super()._begin()
