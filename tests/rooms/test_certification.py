"""The certification system over real TLS and a real store: founded, asked, revoking, started again."""

import stat
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress
from pathlib import Path

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from renkei.messages.certification import (
    CertificateRequest,
    CertificateRequests,
    IssuedCertificate,
    IssuedCertificates,
    Revocation,
    RevokedList,
)
from renkei.messages.directory import Done
from renkei.platform.clock import SystemClock
from renkei.platform.config import Listen, Tls, load
from renkei.platform.entropy import system_entropy
from renkei.platform.peers.client import Client, Target
from renkei.platform.sql import Database
from renkei.systems.certification.rules.requests import KeyAndRequest, request
from renkei.systems.certification.wiring import (
    MIGRATIONS,
    Config,
    Founded,
    Issuing,
    build,
    init_authority,
    load_issuing,
)
from renkei.terms.affairs import InstantMs
from renkei.terms.bodies import BodyId, Role, SystemName
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

from .running import opened, problem_of, process
from .stores import store_at

NOW = SystemClock().now_ms()

SAMPLE = Path(__file__).parents[2] / "etc" / "certification.toml"


class World:
    """One founded authority, its system running, its operator's client."""

    def __init__(self, folder: Path, stack: AsyncExitStack) -> None:
        self.folder, self._stack = folder, stack
        self.founded = init_authority(folder / "authority", folder / "offline", system_entropy, NOW)
        self.config = Config(
            name=SystemName("certification"),
            store=store_at(folder / "certification.db"),
            listen=Listen(port=0),
            tls=self._tls(self.founded.certification.certificate, self.founded.certification.key),
            issuing=Issuing(certificate=self.founded.issuing, key=self.founded.issuing_key, unlock=self.founded.unlock),
            founding=(self.founded.certification.certificate, self.founded.operator.certificate),
        )
        self.operator = self.client(self._tls(self.founded.operator.certificate, self.founded.operator.key))
        self.target = Target("", Role.CERTIFICATION)
        self._running = AsyncExitStack()

    def _tls(self, certificate: Path, key: Path) -> Tls:
        return Tls(certificate=certificate, key=key, authorities=self.founded.authorities)

    def client(self, tls: Tls) -> Client:
        client = Client(tls)
        self._stack.push_async_callback(client.close)
        return client

    def holder(self, name: str, made: KeyAndRequest, issued: IssuedCertificate) -> Client:
        """A client with a certificate that the authority issued."""
        certificate, key = self.folder / f"{name}.pem", self.folder / f"{name}.key"
        certificate.write_text(issued.chain_pem)
        key.write_bytes(made.key_pem)
        return self.client(self._tls(certificate, key))

    async def start(self) -> None:
        url = await self._running.enter_async_context(opened(build, self.config))
        self.target = Target(url, Role.CERTIFICATION, SystemName("certification"))

    async def stop(self) -> None:
        await self._running.aclose()

    async def issue(self, *requests: CertificateRequest, by: Client | None = None) -> tuple[IssuedCertificate, ...]:
        message = CertificateRequests(requests=requests)
        done = await (by or self.operator).send(self.target, "/v1/certificates", message, IssuedCertificates)
        return done.certificates

    async def revoke(self, *serials: str, by: Client | None = None) -> None:
        message = Revocation(serials=serials, reason="key lost")
        await (by or self.operator).send(self.target, "/v1/revocations", message, Done)

    async def revoked(self) -> RevokedList:
        return await self.operator.ask(self.target, "/v1/revocations", RevokedList)

    async def crl(self) -> x509.CertificateRevocationList:
        return x509.load_der_x509_crl(await self.operator.fetch(self.target, "/crl"))


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with AsyncExitStack() as stack:
        world = World(tmp_path, stack)
        await world.start()
        stack.push_async_callback(world.stop)
        yield world


def wish(
    made: KeyAndRequest, role: Role = Role.CORE, system: str = "core", body: str | None = None
) -> CertificateRequest:
    return CertificateRequest(
        role=role,
        system=SystemName(system),
        body=None if body is None else BodyId(body),
        request_pem=made.request_pem,
    )


def serial_in(pem: Path) -> str:
    return f"{x509.load_pem_x509_certificate(pem.read_bytes()).serial_number:x}"


async def test_an_issued_certificate_opens_the_doors_of_the_network(world: World) -> None:
    made = request()
    (issued,) = await world.issue(wish(made, Role.LINE, "welfare", "141003-mayor"))
    leaf, issuing = x509.load_pem_x509_certificates(issued.chain_pem.encode())
    assert f"{leaf.serial_number:x}" == issued.serial
    leaf.verify_directly_issued_by(issuing)
    assert (await world.holder("line", made, issued).ask(world.target, "/v1/revocations", RevokedList)).serials == ()


async def test_a_repeated_request_gets_the_same_certificate_also_after_a_restart(world: World) -> None:
    wishes = (wish(request()), wish(request(), system="core-2"))
    first = await world.issue(*wishes)
    assert await world.issue(*wishes) == first
    await world.stop()
    await world.start()
    assert await world.issue(*wishes) == first
    assert len({one.serial for one in first}) == 2


async def test_one_bad_request_in_a_list_leaves_nothing_behind(world: World) -> None:
    good, other = request(), request()
    await world.issue(wish(other))
    bad = wish(other, system="somebody-else")
    assert await problem_of(world.issue(wish(good, system="new"), bad)) == Problem.REPEATED_OTHERWISE
    assert await problem_of(world.issue(wish(good, system="new"), wish(request(), Role.LINE))) == Problem.WRONG_TYPE
    await world.stop()
    store = Database.open(world.config.store, [MIGRATIONS])
    rows = await store.read(lambda tx: tx.rows("SELECT system FROM certificate ORDER BY system"))
    await store.close()
    assert rows == [("certification",), ("core",), ("operator-1",)]
    await world.start()


async def test_only_operators_may_ask_and_revoke(world: World) -> None:
    made = request()
    (issued,) = await world.issue(wish(made))
    core = world.holder("core", made, issued)
    assert await problem_of(world.issue(wish(request()), by=core)) == Problem.WRONG_ROLE
    assert await problem_of(world.revoke(issued.serial, by=core)) == Problem.WRONG_ROLE
    assert (await world.revoked()).serials == ()


async def test_a_revoked_holder_is_refused_at_once_and_after_a_restart(world: World) -> None:
    made = request()
    (issued,) = await world.issue(wish(made))
    core = world.holder("core", made, issued)
    await core.ask(world.target, "/v1/revocations", RevokedList)
    await world.revoke(issued.serial)
    assert await problem_of(core.ask(world.target, "/v1/revocations", RevokedList)) == Problem.REVOKED_CERTIFICATE
    await world.stop()
    await world.start()
    assert await problem_of(core.ask(world.target, "/v1/revocations", RevokedList)) == Problem.REVOKED_CERTIFICATE
    assert await problem_of(world.issue(wish(made))) == Problem.WRONG_STATE


async def test_the_list_names_what_was_revoked_and_numbers_only_grow(world: World) -> None:
    before = await world.crl()
    first, second = await world.issue(wish(request()), wish(request(), system="core-2"))
    await world.revoke(first.serial)
    between = await world.crl()
    await world.revoke(second.serial, first.serial)
    after = await world.crl()
    assert [sorted(f"{one.serial_number:x}" for one in crl) for crl in (before, between, after)] == [
        [],
        [first.serial],
        sorted([first.serial, second.serial]),
    ]
    numbers = [
        crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number for crl in (before, between, after)
    ]
    assert numbers == [1, 2, 3]
    assert (await world.revoked()).number == 3
    key = x509.load_pem_x509_certificate(world.founded.issuing.read_bytes()).public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    assert after.is_signature_valid(key)


async def test_revoking_twice_changes_nothing(world: World) -> None:
    (issued,) = await world.issue(wish(request()))
    await world.revoke(issued.serial)
    once = await world.crl()
    await world.revoke("0" + issued.serial)
    assert await world.crl() == once


async def test_a_serial_that_was_never_issued_stops_the_whole_revocation(world: World) -> None:
    (issued,) = await world.issue(wish(request()))
    assert await problem_of(world.revoke(issued.serial, "abc")) == Problem.WRONG_TYPE
    assert (await world.revoked()).serials == ()


async def test_the_first_operator_can_be_revoked_like_anybody(world: World) -> None:
    made = request()
    (issued,) = await world.issue(wish(made, Role.OPERATOR, "operator-2"))
    successor = world.holder("operator-2", made, issued)
    await world.revoke(serial_in(world.founded.operator.certificate), by=successor)
    assert await problem_of(world.issue(wish(request()))) == Problem.REVOKED_CERTIFICATE
    assert len(await world.issue(wish(request()), by=successor)) == 1


async def test_health_names_the_system_and_its_list(world: World) -> None:
    await world.crl()
    assert await world.operator.fetch(world.target, "/v1/health") == (
        b'{"v":1,"system":"certification","revocation_list":1,"revoked":0}'
    )


def test_a_root_is_made_once(tmp_path: Path) -> None:
    def found() -> Founded:
        return init_authority(tmp_path / "a", tmp_path / "offline", system_entropy, NOW)

    before = found().root.read_bytes()
    with pytest.raises(RenkeiError) as caught:
        found()
    assert caught.value.problem is Problem.BAD_CONFIGURATION
    (tmp_path / "a" / "root.pem").unlink()
    with pytest.raises(RenkeiError):
        found()
    assert (tmp_path / "offline" / "root.key").exists()
    assert before.startswith(b"-----BEGIN CERTIFICATE")


def test_the_root_key_lies_offline_and_keys_are_for_their_owner_alone(tmp_path: Path) -> None:
    founded = init_authority(tmp_path / "a", tmp_path / "offline", system_entropy, NOW)
    secret = {founded.root_key, founded.issuing_key, founded.unlock, founded.operator.key, founded.certification.key}
    for path in secret:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert founded.root_key.parent == tmp_path / "offline"
    root_key = founded.root_key.read_bytes()
    assert all(path.read_bytes() != root_key for path in (tmp_path / "a").iterdir())
    assert b"ENCRYPTED" in founded.issuing_key.read_bytes()
    with pytest.raises(TypeError):
        load_pem_private_key(founded.issuing_key.read_bytes(), None)


@pytest.mark.parametrize("damage", ["passphrase", "mode", "certificate", "absent"])
def test_an_issuing_authority_that_does_not_fit_stops_the_start(tmp_path: Path, damage: str) -> None:
    founded = init_authority(tmp_path / "a", tmp_path / "offline", system_entropy, NOW)
    files = Issuing(certificate=founded.issuing, key=founded.issuing_key, unlock=founded.unlock)
    assert load_issuing(files)
    match damage:
        case "passphrase":
            founded.unlock.write_bytes(b"wrong")
        case "mode":
            founded.unlock.chmod(0o640)
        case "certificate":
            founded.issuing.write_bytes(founded.root.read_bytes())
        case _:
            founded.issuing_key.unlink()
    with pytest.raises(RenkeiError) as caught:
        load_issuing(files)
    assert caught.value.problem is Problem.BAD_CONFIGURATION
    assert "wrong" not in caught.value.detail


async def test_a_founding_certificate_of_another_authority_stops_the_start(world: World, tmp_path: Path) -> None:
    await world.stop()
    stranger = init_authority(tmp_path / "b", tmp_path / "offline-b", system_entropy, InstantMs(NOW))
    world.config = msgspec.structs.replace(world.config, founding=(stranger.operator.certificate,))
    with pytest.raises(RenkeiError) as caught:
        await world.start()
    assert caught.value.problem is Problem.BAD_CONFIGURATION
    with suppress(RenkeiError):
        await world.stop()


def test_the_sample_configuration_loads() -> None:
    config = load(SAMPLE, Config)
    assert config.issuing.key == SAMPLE.parent / "authority" / "issuing.key"
    assert len(config.founding) == 2


async def test_as_a_process_it_says_when_it_is_ready_and_ends_when_told(world: World) -> None:
    await world.stop()
    file = world.folder / "certification.toml"
    file.write_text(
        f"""name = "certification"
store = "{world.config.store}"
log = "certification.log"
founding = ["authority/certification.pem", "authority/operator.pem"]
[listen]
port = 0
[tls]
certificate = "authority/certification.pem"
key = "authority/certification.key"
authorities = "authority/authorities.pem"
[issuing]
certificate = "authority/issuing.pem"
key = "authority/issuing.key"
unlock = "authority/issuing.unlock"
"""
    )
    async with process("certification", file) as (child, ready):
        assert (ready["ready"], ready["pid"]) == ("certification", child.pid)
        world.target = Target(ready["url"], Role.CERTIFICATION, SystemName("certification"))
        (issued,) = await world.issue(wish(request()))
    assert issued.serial in (world.folder / "certification.log").read_text()
    await world.start()
