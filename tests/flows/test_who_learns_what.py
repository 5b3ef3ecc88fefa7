"""Who may learn what: the table of docs/security/attacks.md, cell by cell, over disk and memory of every running system.

Each kind of secret is planted with a few canaries. The files are those of the system itself (store, log, what it keeps);
its memory is what a core dump would hold: every writable page of the running process.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from renkei.crypto.codes import Codes
from renkei.crypto.software import SoftwareKeyStore
from renkei.platform.entropy import system_entropy
from renkei.sandbox.bodies import BODIES
from renkei.sandbox.canaries import MARKER
from renkei.sandbox.layout import CORE, SystemPlan, system_plans
from renkei.sandbox.network import Network
from renkei.sandbox.people import SyntheticResident
from renkei.sandbox.report import DemoReport
from renkei.sandbox.scenario import Played
from renkei.terms.bodies import Role
from renkei.terms.codes import read_code_text

pytestmark = pytest.mark.asyncio(loop_scope="session")

NUMBER, RESIDENT, LINK, RECORD, CODE, CONTENT = (
    "個人番号",
    "住民票コード",
    "link code",
    "record code",
    "body code",
    "content",
)
EVERYTHING = frozenset({NUMBER, RESIDENT, LINK, RECORD, CODE, CONTENT})
SAMPLE = 3
"""Persons whose numbers and codes are looked for."""

DISK: dict[Role, frozenset[str]] = {
    Role.CORE: frozenset({RECORD}),  # a name that nobody else knows: who asked whom, but not about whom
    Role.CERTIFICATION: frozenset(),
    Role.SUPERVISION: frozenset(),
    Role.INTERFACE: frozenset(),
    Role.INTERMEDIATE: frozenset(),
    Role.ADDRESSEE: frozenset(),
    Role.RESIDENTS: frozenset(),
    Role.DISCLOSURE: frozenset(),
}
"""What a stolen disk without keys may hold in the clear."""
MEMORY: dict[Role, frozenset[str]] = {
    # 住民票コード for one call; a garbage-collected language does not wipe it (docs/security/attacks.md).
    Role.CORE: frozenset({RESIDENT, LINK, RECORD, CODE}),
    Role.CERTIFICATION: frozenset(),
    Role.SUPERVISION: frozenset(),
    Role.INTERFACE: frozenset(),
    Role.INTERMEDIATE: frozenset({CODE, CONTENT}),
    Role.ADDRESSEE: frozenset({NUMBER}),
    Role.RESIDENTS: frozenset({NUMBER, RESIDENT}),
    Role.DISCLOSURE: frozenset({CODE}),
}
"""What the process may hold while it works."""


@dataclass(frozen=True)
class Secrets:
    """What each kind looks like, for a few persons and every body."""

    needles: dict[str, tuple[bytes, ...]]

    def found_in(self, data: bytes) -> set[str]:
        return {kind for kind, needles in self.needles.items() if any(needle in data for needle in needles)}


@pytest.fixture(scope="module")
def secrets(network: Network, people: list[SyntheticResident], played: Played) -> Secrets:
    """Link, record and body codes are made again from the core's own keys, as nobody else can."""
    folder = network.layout.system(CORE)
    keys = SoftwareKeyStore.load(folder.keystore.read_bytes(), folder.unlock.read_bytes(), system_entropy)
    codes, known = Codes(keys), [person for person in people if len(person.addressees) > 1][:SAMPLE]
    links = codes.link([person.resident for person in known])
    issued = [code for body in BODIES for code in codes.issue(links, body.id)]
    return Secrets(
        {
            NUMBER: tuple(person.number.reveal().encode() for person in known),
            RESIDENT: tuple(person.resident.reveal().encode() for person in known),
            LINK: tuple(link.reveal() for link in links),
            RECORD: tuple(code.reveal() for code in codes.record(links)),
            CODE: tuple(form for code in issued for form in (code.text().encode(), code.reveal())),
            CONTENT: (MARKER.encode(), MARKER.encode("utf-16-le")),
        }
    )


async def test_the_codes_that_are_looked_for_are_those_that_bodies_were_given(
    network: Network, people: list[SyntheticResident], secrets: Secrets, report: DemoReport
) -> None:
    """The counter-test: what a body is told at its own door is among the needles."""
    known = [person for person in people if len(person.addressees) > 1][:SAMPLE]
    told = 0
    for body in BODIES:
        numbers = [person.addressees[body.id] for person in known if body.id in person.addressees]
        for status in await network.line(body.id).codes(numbers) if numbers else ():
            if status.code is not None:
                assert secrets.found_in(status.code.reveal().encode()) == {CODE}
                assert secrets.found_in(read_code_text(status.code.reveal())[1]) == {CODE}
                told += 1
    assert told >= SAMPLE


@pytest.mark.parametrize("plan", system_plans(), ids=lambda plan: plan.name)
async def test_a_stolen_disk_shows_no_more_than_the_table_says(
    network: Network, secrets: Secrets, report: DemoReport, plan: SystemPlan
) -> None:
    folder = network.layout.system(plan.name).path
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert files
    for path in files:
        assert secrets.found_in(path.read_bytes()) <= DISK[plan.role], path.name


@pytest.mark.parametrize("plan", {plan.role: plan for plan in system_plans()}.values(), ids=lambda plan: plan.name)
async def test_a_core_dump_shows_no_more_than_the_table_says(
    network: Network, secrets: Secrets, report: DemoReport, plan: SystemPlan
) -> None:
    """Two needles of each kind that must not be there; the system's own name shows that living memory was read."""
    pid = network.state.systems[plan.name].pid
    assert pid is not None
    needles = {kind: secrets.needles[kind][:2] for kind in EVERYTHING - MEMORY[plan.role]}
    wanted, own, found = Secrets(needles), plan.name.encode(), set[str]()
    alive = False
    try:
        for page in memory(pid):
            found |= wanted.found_in(page)
            alive = alive or own in page
    except PermissionError:
        pytest.skip(f"the memory of process {pid} may not be read by this user (kernel.yama.ptrace_scope)")
    assert alive
    assert found == set()


_WRITABLE = re.compile(r"([0-9a-f]+)-([0-9a-f]+) rw")
_STEP = 1 << 22


def memory(pid: int) -> Iterator[bytes]:
    """Every writable mapping of a process, in pieces that overlap by more than any needle is long."""
    maps = Path(f"/proc/{pid}/maps").read_text(encoding="utf-8").splitlines()
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as mem:
        for found in filter(None, map(_WRITABLE.match, maps)):
            first, end = int(found[1], 16), int(found[2], 16)
            for start in range(first, end, _STEP):
                try:
                    mem.seek(start)
                    piece = mem.read(min(_STEP + 256, end - start))
                except (OSError, ValueError):  # a guard page, or given back meanwhile
                    continue
                if piece.strip(b"\0"):
                    yield piece


async def test_who_asked_whom_is_told_to_the_watchers_without_persons(
    network: Network, secrets: Secrets, report: DemoReport
) -> None:
    """Supervision and operators: yes, by record; neither person nor code nor content."""
    for key in await network.record_keys():
        assert secrets.found_in(repr(key).encode()) == set()
    assert await network.record_keys()
