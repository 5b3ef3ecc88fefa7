"""Who may learn what: the table of docs/security/attacks.md, cell by cell, over disk and memory of every running system.

Each kind of secret is planted with a few canaries, and looked for as it is, in hexadecimal and in base64. The files are
those of the system itself (store, log, what it keeps). Memory is read from the running process of every system, every
writable page of it, in the place of a core dump; of the core a true dump is taken too, where gdb is there to take it.
The program makes no traces beside its log lines, which are among the files; error documents are collected at the doors.
"""

import asyncio
import base64
import json
import re
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest

from renkei.crypto.codes import Codes
from renkei.crypto.software import SoftwareKeyStore
from renkei.messages.codec import encode
from renkei.messages.fields import Outcome
from renkei.platform.entropy import system_entropy
from renkei.sandbox.bodies import BODIES
from renkei.sandbox.canaries import MARKER
from renkei.sandbox.layout import CORE, SystemPlan, system_plans
from renkei.sandbox.network import OPERATOR, Network
from renkei.sandbox.people import SyntheticResident
from renkei.sandbox.plans import PLANS
from renkei.sandbox.report import DemoReport
from renkei.sandbox.scenario import Played
from renkei.terms.bodies import Role, SystemName
from renkei.terms.codes import read_code_text
from tests.flows.test_bad_input import DOORS, Knock, _holder, _post
from tests.flows.test_independent import _download

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
"""What a stolen disk without keys holds in the clear: this, and nothing else."""
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


def forms(needle: bytes) -> tuple[bytes, ...]:
    """As it is, in hexadecimal, and in both alphabets of base64: what of it is the same whatever stands beside it."""
    inner = []
    for before in range(3):
        text = base64.b64encode(bytes(before) + needle)
        inner.append(text[(before * 4 + 2) // 3 : (before + len(needle)) * 4 // 3])
    written = (needle.hex().encode(), needle.hex().upper().encode(), *inner)
    return tuple(dict.fromkeys([needle, *written, *(each.translate(URL_SAFE) for each in inner)]))


URL_SAFE = bytes.maketrans(b"+/", b"-_")


@dataclass(frozen=True)
class Secrets:
    """What each kind looks like, for a few persons and every body."""

    needles: dict[str, tuple[bytes, ...]]

    @cached_property
    def _forms(self) -> dict[str, list[bytes]]:
        return {kind: [form for needle in needles for form in forms(needle)] for kind, needles in self.needles.items()}

    def found_in(self, data: bytes) -> set[str]:
        return {kind for kind, wanted in self._forms.items() if any(form in data for form in wanted)}


@pytest.mark.parametrize("beside", [b"", b"x", b"xy", b"xyz"])
async def test_a_secret_is_found_in_every_form_whatever_stands_beside_it(beside: bytes) -> None:
    """The counter-test of the search."""
    needle = bytes(range(0xF0, 0x100))
    written = beside + needle + b"tail"
    wanted = Secrets({LINK: (needle,)})
    for data in (
        written,
        written.hex().encode(),
        written.hex().upper().encode(),
        base64.b64encode(written),
        base64.urlsafe_b64encode(written),
    ):
        assert wanted.found_in(b"before " + data + b" after") == {LINK}
        assert wanted.found_in(data[::-1]) == set()


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
    found = {path.name: secrets.found_in(path.read_bytes()) for path in folder.rglob("*") if path.is_file()}
    assert found
    # What the design says is there is found: a search that finds nothing anywhere would prove nothing.
    assert set[str]().union(*found.values()) == DISK[plan.role], found


@pytest.mark.parametrize("plan", system_plans(), ids=lambda plan: plan.name)
async def test_memory_shows_no_more_than_the_table_says(
    network: Network, secrets: Secrets, report: DemoReport, plan: SystemPlan
) -> None:
    """In the place of a core dump; the system's own name shows that living memory was read."""
    pid = network.state.systems[plan.name].pid
    assert pid is not None
    try:
        assert searched(memory(pid), secrets, plan) == set()
    except PermissionError:
        pytest.skip(f"the memory of process {pid} may not be read by this user (kernel.yama.ptrace_scope)")


async def test_a_core_dump_of_the_core_shows_no_more_than_the_table_says(
    network: Network, secrets: Secrets, report: DemoReport, tmp_path: Path
) -> None:
    """A file as the kernel would leave it, taken by gdb from the living process, which goes on afterwards."""
    gcore = shutil.which("gcore")
    if gcore is None:
        pytest.skip("no gcore (package gdb): the memory of the process is read instead, above")
    plan = next(each for each in system_plans() if each.name == CORE)
    pid = network.state.systems[CORE].pid
    taken = await asyncio.create_subprocess_exec(
        gcore, "-o", tmp_path / "core", str(pid), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    told, _ = await taken.communicate()
    dump = tmp_path / f"core.{pid}"
    if taken.returncode != 0 or not dump.exists():
        pytest.skip(f"gdb may not take a core dump here: {told[-300:].decode(errors='replace')}")
    try:
        assert dump.read_bytes()[:4] == b"\x7fELF"
        assert searched(pieces(dump), secrets, plan) == set()
    finally:
        dump.unlink()
    assert (await network.counts()).log_size > 0  # it works on


def searched(data: Iterable[bytes], secrets: Secrets, plan: SystemPlan) -> set[str]:
    """What of the kinds that must not be there is there: two needles of each."""
    wanted = Secrets({kind: secrets.needles[kind][:2] for kind in EVERYTHING - MEMORY[plan.role]})
    own, found, alive = plan.name.encode(), set[str](), False
    for piece in data:
        found |= wanted.found_in(piece)
        alive = alive or own in piece
    assert alive
    return found


def pieces(file: Path) -> Iterator[bytes]:
    """A file in pieces that overlap by more than any needle is long."""
    with file.open("rb") as opened:
        before = b""
        while data := opened.read(_STEP):
            yield before + data
            before = data[-256:]


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


def _wrong(needle: str) -> list[bytes]:
    """Messages that no door takes, with the secret as a value, as a name, as a version, and before they break off."""
    text = json.dumps(needle)
    return [
        b'{"v":1,"x":%b}' % text.encode(),
        b'{"v":1,%b:1}' % text.encode(),
        b'{"v":%b}' % text.encode(),
        b'{"v":1,"inquiries":[{"code":%b,"addressee":%b}]}' % (text.encode(), text.encode()),
        b'{"v":1,"requests":[%b],"residents":[{"number":%b}],"persons":[{"number":%b}]}' % ((text.encode(),) * 3),
        text.encode(),
        b'{"v":1,"x":' + text.encode()[:-1],
    ]


@pytest.mark.parametrize("knock", DOORS, ids=lambda knock: f"{knock.system}{knock.path}")
async def test_no_error_document_repeats_a_secret_of_the_message_or_of_the_path(
    network: Network, secrets: Secrets, report: DemoReport, knock: Knock
) -> None:
    """Nor do the log lines that are written about it."""
    texts = [secrets.needles[kind][0].decode() for kind in (NUMBER, RESIDENT, CODE, CONTENT)]
    texts += [secrets.needles[kind][0].hex() for kind in (LINK, RECORD)]
    holder, told = _holder(network, knock.who), list[bytes]()
    for text in texts:
        for wrong in _wrong(text):
            status, kind, document = await _post(network, knock, wrong, holder)
            assert (status // 100, kind.partition(";")[0]) == (4, "application/problem+json"), (status, document)
            told.append(document)
        for path in (f"{knock.path}/{text}", f"{knock.path}?{text}={text}"):
            _, _, document = await _post(network, Knock(knock.system, path, knock.who), b"{", holder)
            told.append(document)
    assert all(told)
    assert [document for document in told if secrets.found_in(document)] == []
    folder = network.layout.system(SystemName(knock.system))
    for lines in (folder.log, folder.output):
        assert secrets.found_in(lines.read_bytes()) == set(), lines.name


async def test_a_reader_of_the_log_learns_counts_and_times_only(
    network: Network,
    people: list[SyntheticResident],
    secrets: Secrets,
    played: Played,
    report: DemoReport,
    tmp_path: Path,
) -> None:
    """Everything that the log publishes: checkpoints, tiles of every level, entry bundles, the cosigned checkpoint."""
    await _download(network, tmp_path)
    client = network.client(network.state.staff[OPERATOR])
    (tmp_path / "cosigned").write_bytes(await client.fetch(network.target(CORE), "/log/cosigned"))
    published = {path.name: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    inquiries = [inquiry for asked in played.asked.values() for inquiry in asked]
    known = [person for person in people if len(person.addressees) > 1][:SAMPLE]
    words = {
        *(word for body in BODIES for word in (str(body.id), body.name_ja, body.name_en)),
        *inquiries,
        *(word for person in known for word in (person.name, person.address, *person.addressees.values())),
        *(str(plan.kind) for plan in PLANS),
        *(event.value for event in Outcome),
        "permitted",
        "refused",
    }
    told = Secrets({**secrets.needles, "who asked whom": tuple(word.encode() for word in words if len(word) > 4)})
    assert {name: told.found_in(data) for name, data in published.items()} == {name: set() for name in published}
    # Counts: as many leaves as the core says. And the same search finds what a receipt tells its owner.
    assert int(published["checkpoint"].split(b"\n")[1]) >= report.log.size > 0
    owner = next(body for body, asked in played.asked.items() if asked)
    (result,) = await network.line(owner).results([played.asked[owner][0]])
    assert result.receipt is not None
    assert told.found_in(encode(result.receipt)) == {"who asked whom"}
