"""The core's directory and its log as others fetch them: signed, numbered, durable, believed by nobody but its owner."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import msgspec
import pytest

from renkei.crypto import signatures
from renkei.crypto.software import SoftwareKeyStore
from renkei.messages.codec import encode
from renkei.messages.directory import (
    BodyRegistration,
    Directory,
    Done,
    PiaFinding,
    PiaFindings,
    SignedDirectory,
    SystemRegistration,
    signed_bytes,
)
from renkei.messages.log import Cosignature
from renkei.platform.clock import SystemClock
from renkei.platform.entropy import system_entropy
from renkei.platform.peers.client import Client, PeerRefusedError
from renkei.platform.peers.directory import DirectoryKeeper
from renkei.platform.peers.sources import CertificationSource
from renkei.systems.core import wiring
from renkei.systems.core.service import register as core_register
from renkei.terms.affairs import Category
from renkei.terms.bodies import BodyId, PiaState, Role
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem
from renkei.translog.checkpoint import open_checkpoint
from renkei.translog.keys import KeyType, VerifierKey
from renkei.translog.note import cosign_note, parse_note
from renkei.translog.proof import TreeView
from renkei.translog.tiles import HASH_BYTES, Tile

from .core_stage import MAYOR, ORIGIN, OTHER, WITNESS, Stage, inquiry, report, set_stage
from .running import ScriptedCertification, lists_of, until_refused
from .stores import behind


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with AsyncExitStack() as stack:
        yield await set_stage(tmp_path, stack)


async def signed(stage: Stage) -> SignedDirectory:
    return await stage.client(Role.INTERFACE, "interface-a").ask(stage.target, "/v1/directory", SignedDirectory)


def directory_key(stage: Stage) -> bytes:
    keys = SoftwareKeyStore.load(stage.keys.sealed(), stage.keys.secret(), system_entropy)
    return keys.public("directory")


async def refused(call: Any) -> Problem:
    with pytest.raises(PeerRefusedError) as error:
        await call
    return error.value.problem


# -- the directory


async def test_the_directory_is_signed_over_its_text_and_names_the_log_and_the_list(stage: Stage) -> None:
    found = await signed(stage)
    assert signatures.verify(directory_key(stage), found.signature, signed_bytes(found.directory))
    directory = msgspec.json.decode(found.directory)
    assert directory["log_origin"] == ORIGIN
    assert directory["log_key"].startswith(ORIGIN + "+")
    assert [entry["id"] for entry in directory["bodies"]] == sorted(stage.bodies)


async def test_its_number_grows_with_each_change_and_outlives_a_restart(stage: Stage) -> None:
    first = stage.known.number
    await stage.change(MAYOR, name_en="The Mayor")
    await stage.restart()
    after = await stage.fetch_directory()
    assert after.number == first + 1
    assert {entry.name_en for entry in after.bodies if entry.id == MAYOR} == {"The Mayor"}
    done = await stage.find(MAYOR, PiaState.BREACH)
    assert done.number == first + 2


async def test_the_same_registration_again_makes_no_new_number(stage: Stage) -> None:
    before = await signed(stage)
    await stage.register(*stage.known.bodies)
    assert await signed(stage) == before


async def test_a_finding_is_in_force_when_it_is_acknowledged(stage: Stage) -> None:
    await stage.find(MAYOR, PiaState.BREACH)
    directory = await stage.fetch_directory()
    assert {entry.id: entry.pia for entry in directory.bodies}[MAYOR] is PiaState.BREACH


async def test_who_has_seen_a_newer_directory_refuses_an_older_one(stage: Stage) -> None:
    old = await signed(stage)
    await stage.change(MAYOR, name_en="The Mayor")
    new = await signed(stage)

    async def fetch() -> SignedDirectory:
        return old

    keeper = DirectoryKeeper(directory_key(stage), stage.folder / "kept.json", fetch)
    keeper.accept(new)
    with pytest.raises(RenkeiError) as error:
        keeper.accept(old)
    assert error.value.problem is Problem.OLD_DIRECTORY


async def test_a_change_that_would_make_the_directory_too_large_is_refused_and_a_smaller_one_taken(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    await stage.change(MAYOR, name_en="M" * 50)
    size, number = len(encode(await signed(stage))), stage.known.number
    monkeypatch.setattr(core_register, "DIRECTORY_BYTES", size)
    with pytest.raises(PeerRefusedError) as error:
        await stage.change(MAYOR, name_en="M" * 51)
    assert error.value.problem is Problem.TOO_LARGE
    assert f"{size + 1} bytes" in error.value.detail
    await stage.fetch_directory()
    assert stage.known.number == number
    await stage.change(MAYOR, name_en="N" * 50)
    monkeypatch.setattr(core_register, "DIRECTORY_BYTES", size // 2)
    await stage.change(MAYOR, name_en="N" * 49)  # what is too large already may shrink
    assert stage.known.number == number + 2


async def test_a_stored_directory_that_somebody_altered_is_not_believed(stage: Stage) -> None:
    await stage.stop()
    behind(stage.folder / "core.db", "UPDATE directory SET text = replace(text, 'in-order', 'breach')")
    with pytest.raises(RenkeiError) as error:
        await stage.start()
    assert error.value.problem is Problem.BAD_STORE


async def test_only_operators_register_and_only_supervision_brings_findings(stage: Stage) -> None:
    bodies = BodyRegistration(bodies=stage.known.bodies)
    systems = SystemRegistration(systems=stage.known.systems)
    findings = PiaFindings(findings=(PiaFinding(body=MAYOR, pia=PiaState.BREACH),))
    interface = stage.client(Role.INTERFACE, "interface-a")
    for client, path, message in (
        (interface, "/v1/directory/bodies", bodies),
        (interface, "/v1/directory/systems", systems),
        (stage.supervision, "/v1/directory/bodies", bodies),
        (stage.operator, "/v1/pia", findings),
        (stage.operator, "/v1/cosignatures", Cosignature(size=0, line="")),
    ):
        assert await refused(client.send(stage.target, path, message, Done)) is Problem.WRONG_ROLE


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"categories": (Category("no-such-category"),)}, Problem.WRONG_TYPE),
        ({"interface": "nowhere"}, Problem.WRONG_TYPE),
        ({"system": "nowhere"}, Problem.WRONG_TYPE),
        ({"id": BodyId("core")}, Problem.WRONG_TYPE),
    ],
)
async def test_a_registration_that_makes_no_sense_changes_nothing(
    stage: Stage, change: dict[str, Any], problem: Problem
) -> None:
    before = await signed(stage)
    wrong = msgspec.structs.replace(stage.known.bodies[0], **change)
    message = BodyRegistration(bodies=(wrong,))
    assert await refused(stage.operator.send(stage.target, "/v1/directory/bodies", message, Done)) is problem
    assert await signed(stage) == before


# -- the log


def witnessed(stage: Stage, name: str = WITNESS) -> VerifierKey:
    return VerifierKey(name, KeyType.COSIGNATURE, stage.witness.public("witness"))


def cosignature(stage: Stage, note: str, name: str = WITNESS) -> Cosignature:
    text = parse_note(note).text
    time_s = SystemClock().now_ms() // 1000
    line = cosign_note(text, witnessed(stage, name), time_s, lambda data: stage.witness.sign("witness", data)).line()
    return Cosignature(size=int(text.split("\n")[1]), line=line.removesuffix("\n"))


async def log(stage: Stage, path: str) -> bytes:
    return await stage.client(Role.INTERFACE, "interface-a").fetch(stage.target, f"/log/{path}")


async def some_records(stage: Stage, count: int) -> None:
    await stage.code(OTHER, 1)
    code = await stage.code(MAYOR, 1)
    asked = [inquiry(code) for _ in range(count)]
    await stage.inquire(*asked)
    await stage.report(report(asked[0]))


async def test_anybody_in_the_network_reads_checkpoint_tiles_and_entries(stage: Stage) -> None:
    await some_records(stage, 300)
    log_key = VerifierKey.parse(stage.known.log_key)
    checkpoint, _ = open_checkpoint((await log(stage, "checkpoint")).decode(), ORIGIN, [log_key])
    assert checkpoint.size == 301
    tiles = {path: await log(stage, path) for path in ("tile/0/000", "tile/0/001.p/45", "tile/1/000.p/1")}
    entries = await log(stage, "tile/entries/000") + await log(stage, "tile/entries/001.p/45")
    assert len(entries) == 301 * (2 + HASH_BYTES)

    class Fetched:
        def tile(self, level: int, number: int, width: int) -> bytes:
            return tiles[Tile(level, number, width).path()]

    assert TreeView(Fetched(), 301).root() == checkpoint.root


@pytest.mark.parametrize(
    "path", ["tile/0/001", "tile/0/000.p/256", "tile/9/000", "nothing", "checkpoint/x", "cosigned"]
)
async def test_what_the_log_has_not_is_an_unknown_door(stage: Stage, path: str) -> None:
    assert await refused(log(stage, path)) is Problem.UNKNOWN_DOOR


async def test_a_witness_s_cosignature_is_kept_and_handed_on_with_its_checkpoint(stage: Stage) -> None:
    await some_records(stage, 3)
    note = (await log(stage, "checkpoint")).decode()
    for _ in range(2):  # the second time is no error
        await stage.supervision.send(stage.target, "/v1/cosignatures", cosignature(stage, note), Done)
    keys = [VerifierKey.parse(stage.known.log_key), witnessed(stage)]
    for path in ("checkpoint", "cosigned"):
        _, signers = open_checkpoint((await log(stage, path)).decode(), ORIGIN, keys)
        assert [signed.key for signed in signers] == keys
    assert (await stage.counts()).cosigned_size == 4
    (reply,) = await stage.inquire(inquiry(stage.bodies[MAYOR].codes()[0]))
    assert stage.verified(reply).cosigners == ()  # newer than what was cosigned
    _, signers = open_checkpoint((await log(stage, "cosigned")).decode(), ORIGIN, keys)
    assert len(signers) == 2


async def test_a_cosignature_that_is_not_the_witness_s_own_for_this_log_is_refused(stage: Stage) -> None:
    await some_records(stage, 3)
    note = (await log(stage, "checkpoint")).decode()
    good = cosignature(stage, note)
    other = note.replace("\n4\n", "\n3\n")
    for wrong in (
        cosignature(stage, note, "renkei.example/stranger"),
        msgspec.structs.replace(good, size=3),
        msgspec.structs.replace(good, size=5),
        msgspec.structs.replace(cosignature(stage, other), size=4),
        msgspec.structs.replace(good, line="not a line"),
    ):
        call = stage.supervision.send(stage.target, "/v1/cosignatures", wrong, Done)
        assert await refused(call) is Problem.BAD_RECEIPT
    assert (await stage.counts()).cosigned_size == 0


async def test_health_tells_numbers_and_no_persons(stage: Stage) -> None:
    health = msgspec.json.decode(await stage.client(Role.RESIDENTS, "residents").fetch(stage.target, "/v1/health"))
    assert health == {
        "v": 1,
        "system": "core",
        "directory": stage.known.number,
        "log_size": 0,
        "cosigned_size": 0,
        "log": "agreed",
        "lists": lists_of(),
    }
    assert isinstance(stage.directory, Directory)


async def test_a_revoked_certificate_opens_nothing_any_more(stage: Stage) -> None:
    certification = ScriptedCertification(stage.identities.tls(Role.CERTIFICATION, "certification"))
    await certification.start()
    stage.stack.push_async_callback(certification.stop)
    stage.certification = CertificationSource(url=certification.url, refresh_ms=10)
    await stage.restart()
    tls = stage.identities.tls(Role.OPERATOR, "operator-2")
    client = Client(tls)
    stage.stack.push_async_callback(client.close)
    await client.fetch(stage.target, "/v1/health")
    certification.revoke(tls)
    problem = await until_refused(lambda: client.fetch(stage.target, "/v1/health"))
    assert problem is Problem.REVOKED_CERTIFICATE
    await stage.operator.fetch(stage.target, "/v1/health")


async def test_a_wrong_key_of_a_witness_stops_the_start(stage: Stage) -> None:
    await stage.stop()
    config = msgspec.structs.replace(stage.config(), witnesses=("not a key",))
    with pytest.raises(RenkeiError) as error:
        await wiring.build(config, lambda _why: None)
    assert error.value.problem is Problem.BAD_CONFIGURATION
