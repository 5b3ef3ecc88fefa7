"""Building a network from nothing: authority, certificates, keys, configurations, directory; then starting it."""

import base64
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Generic, TypeVar

from renkei.crypto.software import SoftwareKeyStore
from renkei.messages.directory import BodyEntry, BodyRegistration, Done, SystemEntry, SystemRegistration
from renkei.platform.clock import SystemClock
from renkei.platform.entropy import system_entropy
from renkei.sandbox import ordinance
from renkei.sandbox.authority import Applicant, enrol
from renkei.sandbox.bodies import BODIES, INTERFACES, SandboxBody
from renkei.sandbox.keys import make_keys
from renkei.sandbox.layout import (
    CERTIFICATION,
    CORE,
    DISCLOSURE_SYSTEM,
    SUPERVISION,
    BodyInfo,
    Folder,
    Holder,
    Layout,
    ResidentInfo,
    SandboxFile,
    SystemInfo,
    SystemPlan,
    system_plans,
)
from renkei.sandbox.network import COMMISSION, OPERATOR, Network, Progress
from renkei.sandbox.people import SyntheticResident, make_residents
from renkei.sandbox.plain import PlainError
from renkei.sandbox.settings import ORIGIN, WITNESS, Facts, settings
from renkei.systems.certification.wiring import init_authority
from renkei.terms.bodies import DISCLOSURE, BodyState, PiaState, Role, SystemName
from renkei.translog.keys import KeyType, VerifierKey
from renkei.translog.trust import Trust

CARDS: Final = 3


@dataclass(frozen=True, slots=True)
class Size:
    """How large the network is, and where it stores: in files of its folder, or in PostgreSQL.

    `store` is then a URL in which `{system}` stands for each system's name, with `_` for `-`; what it names must exist.
    """

    residents: int
    store: str | None = None


Stores = dict[SystemName, SoftwareKeyStore]
N = TypeVar("N", bound=Network)


@dataclass(frozen=True, slots=True)
class Ground(Generic[N]):
    """Where systems are to live: as what kind of network, at which free ports of 127.0.0.1."""

    network: Callable[[Layout, SandboxFile], N]
    ports: Callable[[int], Sequence[int]]


def prepared(
    root: Path, size: Size, progress: Progress
) -> AbstractAsyncContextManager[tuple[Network, list[SyntheticResident]]]:
    """A new network of processes on this machine; see `built`."""
    return built(root, size, progress, Ground(Network, _free_ports))


@asynccontextmanager
async def built(
    root: Path, size: Size, progress: Progress, ground: Ground[N]
) -> AsyncIterator[tuple[N, list[SyntheticResident]]]:
    """A new network in an empty folder, running, with nothing stored yet; stopped at the end unless it is complete."""
    people = make_residents(size.residents, CARDS)
    network, bodies = _found(Layout(root.resolve()), people, size.store, (ground, progress))
    try:
        await _open(network, bodies, _cards(people), progress)
        yield network, people
    finally:
        if not network.state.complete:
            await network.down()
        await network.close()


async def resume(root: Path, progress: Progress) -> SandboxFile:
    """Start what is down in a folder where a network was built before."""
    async with Network.attach(root) as network:
        if not network.state.complete:
            root = network.layout.root
            raise PlainError(
                f"{root}: このネットワークは作りかけです。フォルダーを消して、もう一度作ってください。",
                f"{root}: building this network was interrupted; remove the folder and begin anew",
            )
        await network.start_all([name for name in _names(network) if not network.runs(name)], progress)
        return network.state


def _cards(people: Sequence[SyntheticResident]) -> list[str]:
    return [person.card for person in people if person.card]


def _names(network: Network) -> list[SystemName]:
    return [SystemName(name) for name in network.state.systems]


def _found(
    layout: Layout, people: Sequence[SyntheticResident], store: str | None, by: tuple[Ground[N], Progress]
) -> tuple[N, tuple[BodyEntry, ...]]:
    """Everything on disk but the certificates, which the certification system will sign."""
    ground, progress = by
    if layout.root.exists() and any(layout.root.iterdir()):
        raise PlainError(
            f"{layout.root}: 空ではありません。新しいフォルダーを選んでください。",
            f"{layout.root}: not empty; choose a new folder",
        )
    progress("認証局と鍵 / authority and keys")
    layout.root.mkdir(parents=True, exist_ok=True)
    plans = system_plans()
    for plan in plans:
        layout.system(plan.name).path.mkdir(mode=0o700, parents=True)
    founded = init_authority(layout.authority, layout.offline, system_entropy, SystemClock().now_ms())
    stores = {plan.name: made for plan in plans if (made := make_keys(plan, layout.system(plan.name)))}
    ports = ground.ports(len(plans) + 1)
    facts = _facts(plans, ports, stores, store)
    for plan in plans:
        layout.system(plan.name).config.write_text(settings(plan, layout, facts))
    own = layout.system(CERTIFICATION)
    own.certificate.symlink_to(founded.certification.certificate)
    own.key.symlink_to(founded.certification.key)
    layout.trust.write_bytes(_trust(facts).render())
    state = _state(layout, facts, people)
    state.staff[OPERATOR] = Holder(certificate=str(founded.operator.certificate), key=str(founded.operator.key))
    return ground.network(layout, state), _bodies(stores)


async def _enrol(network: Network, cards: Sequence[str]) -> None:
    layout = network.layout
    applicants = [
        Applicant(plan.role, plan.name, plan.body, layout.system(plan.name))
        for plan in system_plans()
        if plan.name != CERTIFICATION
    ]
    applicants += [Applicant(Role.LINE, body.line_system, body.id, layout.line(body.id)) for body in BODIES]
    applicants += [Applicant(Role.CARD, SystemName(card), None, layout.card(card)) for card in cards]
    applicants.append(Applicant(Role.COMMISSION, SystemName("commission-1"), None, layout.staff(COMMISSION)))
    await enrol(network.client(network.state.staff[OPERATOR]), network.target(CERTIFICATION), applicants)


async def _open(network: Network, bodies: tuple[BodyEntry, ...], cards: Sequence[str], progress: Progress) -> None:
    """Certificates for everybody, the core with its directory, then everybody else."""
    await network.start_all([CERTIFICATION], progress)
    await _enrol(network, cards)
    await network.start_all([CORE], progress)
    client, core = network.client(network.state.staff[OPERATOR]), network.target(CORE)
    systems = tuple(
        SystemEntry(name=SystemName(name), role=Role(info.kind), url=info.url)
        for name, info in network.state.systems.items()
    )
    await client.send(core, "/v1/directory/systems", SystemRegistration(systems=systems), Done)
    await client.send(core, "/v1/directory/bodies", BodyRegistration(bodies=bodies), Done)
    await network.start_all([name for name in _names(network) if name not in {CERTIFICATION, CORE}], progress)
    await network.pass_on(ordinance.NOTICES)


def _bodies(stores: Stores) -> tuple[BodyEntry, ...]:
    """What the core's operator registers; in the sandbox all assessments are in order to begin with."""
    served = [
        BodyEntry(
            id=body.id,
            name_ja=body.name_ja,
            name_en=body.name_en,
            code=body.code,
            categories=body.categories,
            state=BodyState.CONNECTED,
            pia=PiaState.IN_ORDER,
            interface=body.interface,
            system=body.intermediate,
            sign_key=stores[body.intermediate].public(f"{body.id}/sign"),
            seal_key=stores[body.intermediate].public(f"{body.id}/seal"),
        )
        for body in BODIES
    ]
    own = stores[DISCLOSURE_SYSTEM]
    disclosure = BodyEntry(
        id=DISCLOSURE,
        name_ja="情報提供等記録開示システム",
        name_en="Disclosure system",
        code=None,
        categories=(),
        state=BodyState.CONNECTED,
        pia=PiaState.IN_ORDER,
        interface=INTERFACES[2],
        system=DISCLOSURE_SYSTEM,
        sign_key=own.public("sign"),
        seal_key=own.public("seal"),
    )
    return (*served, disclosure)


def _facts(plans: Sequence[SystemPlan], ports: Sequence[int], stores: Stores, store: str | None) -> Facts:
    core = stores[CORE]
    witness = stores[SUPERVISION].public("witness")
    return Facts(
        ports={plan.name: port for plan, port in zip(plans, ports, strict=False)},
        page_port=ports[-1],
        directory_key=base64.b64encode(core.public("directory")).decode(),
        log_key=VerifierKey(ORIGIN, KeyType.ED25519, core.public("log")).text(),
        witness_key=VerifierKey(WITNESS, KeyType.COSIGNATURE, witness).text(),
        store=store,
    )


def _trust(facts: Facts) -> Trust:
    return Trust(ORIGIN, VerifierKey.parse(facts.log_key), (VerifierKey.parse(facts.witness_key),))


def _state(layout: Layout, facts: Facts, people: Sequence[SyntheticResident]) -> SandboxFile:
    return SandboxFile(
        authorities=str(layout.authority / "authorities.pem"),
        trust=str(layout.trust),
        systems={plan.name: _system(plan, layout, facts) for plan in system_plans()},
        bodies={body.id: _body(body, layout, facts) for body in BODIES},
        staff={COMMISSION: _holder(layout.staff(COMMISSION))},
        residents=tuple(
            ResidentInfo(
                index=person.index,
                addressees={str(body): str(number) for body, number in person.addressees.items()},
                card=_holder(layout.card(person.card)) if person.card else None,
            )
            for person in people
        ),
    )


def _system(plan: SystemPlan, layout: Layout, facts: Facts) -> SystemInfo:
    folder = layout.system(plan.name)
    return SystemInfo(
        kind=plan.kind,
        url=facts.url(plan.name),
        page_url=facts.page_url if plan.role is Role.DISCLOSURE else None,
        pid=0,
        ready_ms=0,
        certificate=str(folder.certificate),
        key=str(folder.key),
        config=str(folder.config),
        log=str(folder.log),
        store=None if plan.role is Role.INTERFACE else facts.store_of(plan.name, folder.store),
    )


def _body(body: SandboxBody, layout: Layout, facts: Facts) -> BodyInfo:
    line = _holder(layout.line(body.id))
    return BodyInfo(
        certificate=line.certificate,
        key=line.key,
        name_ja=body.name_ja,
        name_en=body.name_en,
        code=body.code,
        categories=tuple(body.categories),
        intermediate=body.intermediate,
        intermediate_url=facts.url(body.intermediate),
        addressee=body.addressee_system,
        addressee_url=facts.url(body.addressee_system),
    )


def _holder(folder: Folder) -> Holder:
    return Holder(certificate=str(folder.certificate), key=str(folder.key))


def _free_ports(count: int) -> list[int]:
    """Ports that are free now: all held open together, then let go."""
    held = [socket.socket() for _ in range(count)]
    try:
        for one in held:
            one.bind(("127.0.0.1", 0))
        return [int(one.getsockname()[1]) for one in held]
    finally:
        for one in held:
            one.close()
