"""A network on one machine as its driver sees it: systems to start and kill, and the doors of staff and lines."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Final, Self

import msgspec

from renkei.messages import log
from renkei.messages.codec import decode
from renkei.messages.directory import (
    BodyRegistration,
    Directory,
    Done,
    PiaFinding,
    PiaFindings,
    PublicKeys,
    SignedDirectory,
)
from renkei.messages.ordinance import OrdinanceNotices
from renkei.messages.residents import Resident, Residents, Stored
from renkei.platform.config import KeyFile, Tls
from renkei.platform.peers.client import Client, Target
from renkei.sandbox import layout, processes
from renkei.sandbox.layout import CORE, RESIDENTS, SUPERVISION, Holder, Layout, SandboxFile, SystemInfo
from renkei.sandbox.lines import LineSystem, parts
from renkei.sandbox.patience import WAITED_FOR, patiently
from renkei.sandbox.people import SyntheticResident
from renkei.sandbox.plain import PlainError
from renkei.terms.bodies import BodyId, PiaState, Role, SystemName
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem
from renkei.terms.secrets import SecretText

Progress = Callable[[str], None]
OPERATOR: Final = "operator"
COMMISSION: Final = "commission"


class _Health(msgspec.Struct):
    """What the core's health door says of its log."""

    log: str


class Network:
    """The systems of one sandbox folder. Everything it knows stands in `sandbox.json`."""

    def __init__(self, where: Layout, state: SandboxFile) -> None:
        self.layout = where
        self.state = state
        self._clients: dict[str, Client] = {}

    @classmethod
    @asynccontextmanager
    async def attach(cls, root: Path) -> AsyncIterator[Self]:
        """Use the network of a folder; connections are closed at the end, systems are left as they are."""
        where = Layout(root.resolve())
        if not where.file.exists():
            raise PlainError(
                f"{root}: ここにサンドボックスはありません。renkei sandbox up で作ってください。",
                f"{root}: no sandbox here; make one with `renkei sandbox up`",
            )
        network = cls(where, layout.read(where))
        WAITED_FOR.set(_once({info.url: name for name, info in network.state.systems.items()}))
        try:
            yield network
        finally:
            await network.close()

    async def close(self) -> None:
        """Close connections."""
        for client in self._clients.values():
            await client.close()
        self._clients.clear()

    # -- systems

    async def start_all(self, names: Iterable[SystemName], progress: Progress) -> None:
        """Start systems together and wait until all of them are ready."""
        started = [(name, self._spawn(name)) for name in names]
        await asyncio.gather(*(self._ready(name, run, progress) for name, run in started))

    async def start(self, name: SystemName) -> None:
        """Start a system that is down; nothing happens to one that runs."""
        if not self.runs(name):
            await self._ready(name, self._spawn(name), lambda _: None)

    async def kill(self, name: SystemName) -> None:
        """End a system by SIGKILL."""
        if self.runs(name):
            processes.kill(self.state.systems[name].pid)

    def runs(self, name: SystemName) -> bool:
        """Whether the system's process runs, and is still the one that was started for it."""
        info = self.state.systems[name]
        return bool(info.pid) and processes.alive(info.pid) and processes.is_ours(info.pid, Path(info.config))

    async def down(self) -> None:
        """Stop everything that runs."""
        with processes.undisturbed():
            await processes.stop([info.pid for name, info in self.state.systems.items() if self.runs(SystemName(name))])
            for name in self.state.systems:
                self._note(SystemName(name), pid=0)

    def complete(self) -> None:
        """Say that everything stands: from now on the network outlives whoever built it."""
        self.state = msgspec.structs.replace(self.state, complete=True)
        layout.write(self.layout, self.state)

    def _spawn(self, name: SystemName) -> processes.Started:
        info = self.state.systems[name]
        with processes.undisturbed():
            started = processes.spawn(name, info.kind, Path(info.config), self.layout.system(name).output)
            self._note(name, pid=started.pid)
        return started

    async def _ready(self, name: SystemName, started: processes.Started, progress: Progress) -> None:
        folder = self.layout.system(name)
        await processes.until_ready(started, folder.output, folder.log)
        self._note(name, ready_ms=started.ready_ms)
        progress(name)

    def _note(self, name: SystemName, **changes: int) -> None:
        info: SystemInfo = msgspec.structs.replace(self.state.systems[name], **changes)
        self.state.systems[name] = info
        layout.write(self.layout, self.state)

    # -- doors

    def client(self, holder: Holder) -> Client:
        """The client that shows this certificate; one per certificate, kept open."""
        if holder.certificate not in self._clients:
            tls = Tls(
                certificate=Path(holder.certificate),
                key=Path(holder.key),
                authorities=Path(self.state.authorities),
            )
            self._clients[holder.certificate] = Client(tls)
        return self._clients[holder.certificate]

    def target(self, name: SystemName) -> Target:
        """A system's machine door."""
        info = self.state.systems[name]
        return Target(info.url, Role(info.kind), name)

    def line(self, body: BodyId) -> LineSystem:
        """The line system of a body; raises UNKNOWN_BODY."""
        info = self.state.bodies.get(body)
        if info is None:
            raise RenkeiError(Problem.UNKNOWN_BODY, f"{body}; known: {', '.join(self.state.bodies)}")
        server, addressees = (self.target(SystemName(name)) for name in (info.intermediate, info.addressee))
        return LineSystem(body, self.client(info), server, addressees)

    async def load_residents(self, people: Sequence[SyntheticResident]) -> None:
        """Operator: load the resident registry."""
        client = self.client(self.state.staff[OPERATOR])
        for part in parts([_resident(person) for person in people]):
            message = Residents(residents=part)
            await patiently(partial(client.send, self.target(RESIDENTS), "/v1/residents", message, Stored))

    async def find(self, body: BodyId, pia: PiaState) -> None:
        """Commission: a finding about a body's impact assessment."""
        client = self.client(self.state.staff[COMMISSION])
        message = PiaFindings(findings=(PiaFinding(body=body, pia=pia),))
        await patiently(partial(client.send, self.target(SUPERVISION), "/v1/findings", message, Done))

    async def pass_on(self, notices: OrdinanceNotices) -> Done:
        """Commission: what bodies notified about affairs by ordinance (法19条9号)."""
        client = self.client(self.state.staff[COMMISSION])
        return await patiently(partial(client.send, self.target(SUPERVISION), "/v1/ordinance-affairs", notices, Done))

    async def directory(self) -> Directory:
        """Commission: the directory as the core shows it."""
        client = self.client(self.state.staff[COMMISSION])
        signed = await patiently(partial(client.ask, self.target(CORE), "/v1/directory", SignedDirectory))
        return decode(Directory, signed.directory)

    def key_file(self, party: BodyId) -> tuple[KeyFile, str]:
        """Where the keys of a body, of the disclosure system or of the core lie, and what their names begin with."""
        info = self.state.bodies.get(party)
        folder = self.layout.system(SystemName(party) if info is None else SystemName(info.intermediate))
        return KeyFile(path=folder.keystore, unlock=folder.unlock), "" if info is None else f"{party}/"

    async def publish_keys(self, body: BodyId, keys: PublicKeys) -> Done:
        """Operator: what the directory says of a body's keys (ADR 0019); raises UNKNOWN_BODY."""
        client = self.client(self.state.staff[OPERATOR])
        signed = await patiently(partial(client.ask, self.target(CORE), "/v1/directory", SignedDirectory))
        entry = next((each for each in decode(Directory, signed.directory).bodies if each.id == body), None)
        if entry is None:
            raise RenkeiError(Problem.UNKNOWN_BODY, body)
        message = BodyRegistration(bodies=(msgspec.structs.replace(entry, **msgspec.structs.asdict(keys)),))
        return await patiently(partial(client.send, self.target(CORE), "/v1/directory/bodies", message, Done))

    async def counts(self) -> log.CoreCounts:
        """Operator: the core's counts."""
        client = self.client(self.state.staff[OPERATOR])
        call = partial(client.send, self.target(CORE), "/v1/counts", log.CountsQuery(), log.CoreCounts)
        return await patiently(call)

    async def log_standing(self) -> str:
        """Operator: whether the core's log may sign (`platform.logstore.Standing`), as its health door says."""
        client = self.client(self.state.staff[OPERATOR])
        health = await patiently(partial(client.fetch, self.target(CORE), "/v1/health"))
        return msgspec.json.decode(health, type=_Health).log

    async def record_keys(self) -> list[log.RecordKey]:
        """Operator: all records of the core, without persons."""
        client = self.client(self.state.staff[OPERATOR])
        found: list[log.RecordKey] = []
        more = True
        while more:
            query = log.RecordKeysQuery(after=found[-1].sequence if found else 0)
            page = await patiently(partial(client.send, self.target(CORE), "/v1/record-keys", query, log.RecordKeys))
            found += page.records
            more = page.more
        return found

    async def witness(self) -> log.WitnessState:
        """Commission: what the witness has seen."""
        client = self.client(self.state.staff[COMMISSION])
        return await patiently(partial(client.ask, self.target(SUPERVISION), "/v1/state", log.WitnessState))


def _once(names: dict[str, str]) -> Callable[[str], None]:
    """Tells whoever sits at the terminal for whom we wait; each system once."""
    told: set[str] = set()

    def tell(what: str) -> None:
        url, _, why = what.partition(": ")
        name = names.get(url, url)
        if name not in told:
            told.add(name)
            print(  # noqa: T201  # a minute without a word looks like the end
                f"{name} に接続できないので待っています（一分ほど）。/ Waiting for {name}, for about a minute: {why}.",
                file=sys.stderr,
            )

    return tell


def _resident(person: SyntheticResident) -> Resident:
    return Resident(
        resident=person.resident,
        number=person.number,
        name=SecretText(person.name),
        kana=SecretText(person.kana),
        address=SecretText(person.address),
        born_on=person.born_on,
        sex=person.sex,
        card=person.card,
    )
