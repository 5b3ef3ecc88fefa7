"""Each system but the core is set back to an older backup: what is lost, and how it comes again, row by row.

The rows are those of "Other systems" in docs/operate/backup.md, and the commands are those of its SQLite part.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import pytest
import pytest_asyncio

from renkei.messages import addressee, jobs, line
from renkei.messages.certification import (
    CertificateRequest,
    CertificateRequests,
    IssuedCertificates,
    Revocation,
    RevokedList,
)
from renkei.messages.directory import Done
from renkei.messages.log import WitnessState
from renkei.platform.peers.client import Client, PeerRefusedError, Target
from renkei.sandbox.bodies import INTERFACES, INTERMEDIATES, KAWASAKI, YOKOHAMA
from renkei.sandbox.build import Size, prepared
from renkei.sandbox.citizen import Citizen
from renkei.sandbox.layout import CERTIFICATION, CORE, DISCLOSURE_SYSTEM, RESIDENTS, SUPERVISION, Holder
from renkei.sandbox.network import OPERATOR, Network
from renkei.sandbox.people import SyntheticResident, make_residents
from renkei.sandbox.plans import ITEMS, period_of
from renkei.systems.certification.rules.requests import request
from renkei.terms.bodies import AddresseeNumber, Role, SystemName
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem
from renkei.terms.secrets import SecretText
from renkei.translog.trust import Trust
from tests import operate
from tests.operate import Shell

from .test_backup import all_cosigned
from .town import PLAN, Town

pytestmark = pytest.mark.asyncio(loop_scope="module")

CARDS: Final = 3
LOADED, MORE = 30, 36
"""Residents that the network knows from the beginning; and with those who move in later."""
ASKS, ANSWERS = INTERMEDIATES


@dataclass
class Ward:
    """A network, its backups, and those who move in."""

    town: Town
    folder: Path
    person: SyntheticResident
    """Whom the town's inquiries are about."""
    strangers: list[SyntheticResident]

    @property
    def network(self) -> Network:
        return self.town.network

    def _instead(self, name: SystemName) -> dict[str, str]:
        config = self.network.layout.system(name).config
        return {"/safe/": f"{self.folder}/", "/backups": str(self.folder), "core.toml": str(config)}

    def take(self, *names: SystemName) -> None:
        for name in names:
            Shell(self.folder).does(operate.line(operate.TAKE, "backup take", self._instead(name)))

    async def set_back(self, *names: SystemName, more: str = "") -> None:
        """The systems die with their disks, and come back with their newest backups."""
        for name in names:
            await self.network.kill(name)
            for path in self.network.layout.system(name).path.glob("store.db*"):
                path.unlink()
        for name in names:
            newest = operate.line(operate.RESTORE, "# the newest of this system", self._instead(name))
            Shell(self.folder).does(f"{newest} {more}")
            await self.network.start(name)

    async def register(self, person: SyntheticResident) -> None:
        """With the registry, and with Yokohama's addressee system."""
        await self.network.load_residents([person])
        own = addressee.Person(addressee=number_of(person), number=person.number, lines={})
        await self.network.line(YOKOHAMA.id).register_persons([own])

    async def acquire(self, person: SyntheticResident) -> line.CodeStatus:
        lines = self.network.line(YOKOHAMA.id)
        await lines.acquire([number_of(person)])
        return (await lines.acquired([number_of(person)]))[0]

    async def code(self, person: SyntheticResident) -> line.CodeStatus:
        return (await self.network.line(YOKOHAMA.id).codes([number_of(person)]))[0]

    async def until_witness(self, true: Callable[[WitnessState], bool]) -> WitnessState:
        async with asyncio.timeout(30):
            while not true(seen := await self.network.witness()):
                await asyncio.sleep(0)
            return seen


async def until_refused(call: Callable[[], Awaitable[object]]) -> None:
    async with asyncio.timeout(30):
        with suppress(RenkeiError):
            while True:
                await call()


def number_of(person: SyntheticResident) -> AddresseeNumber:
    return AddresseeNumber(f"9{person.index:014}")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ward(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Ward]:
    folder = tmp_path_factory.mktemp("ward")
    async with prepared(folder / "net", Size(LOADED), lambda _: None) as (network, people):
        town = Town(network, people)
        await town.load()
        both = (YOKOHAMA.id, KAWASAKI.id)
        person = next(each for each in people if each.card and all(body in each.addressees for body in both))
        ward = Ward(town, folder, person, make_residents(MORE, CARDS)[LOADED:])
        Shell(folder).does(operate.line(operate.TAKE, "backup key", ward._instead(CORE)))
        yield ward


async def answered(town: Town, asked: Sequence[str]) -> dict[str, str]:
    (result,) = await town.answered(asked)
    assert result.content is not None
    return {name: value.reveal() for name, value in result.content.items()}


async def test_an_inquirer_s_server_set_back_asks_again_and_the_first_record_is_with_the_others(ward: Ward) -> None:
    town, lines = ward.town, ward.network.line(YOKOHAMA.id)
    ward.take(ASKS)
    first = await town.ask("set-back")
    content = await answered(town, first)
    await ward.set_back(ASKS)
    assert await lines.results(first) == []
    again = await town.ask("set-back")
    assert again != first
    assert await answered(town, again) == content
    assert {each.inquiry for each in await lines.records(line.Side.INQUIRER)} & {*first, *again} == {*again}
    provided = {each.inquiry for each in await ward.network.line(KAWASAKI.id).records(line.Side.PROVIDER)}
    assert {*first, *again} <= provided & {each.inquiry for each in await ward.network.record_keys()}


def replica(ward: Ward, *, automatic: bool) -> line.Replica:
    items = {name: SecretText(f"{name} of today") for name in ITEMS[PLAN.kind]}
    number = ward.person.addressees[KAWASAKI.id]
    period = period_of(PLAN.kind)
    return line.Replica(addressee=number, kind=PLAN.kind, period=period, items=items, automatic=automatic)


async def missing(network: Network, key: line.ReplicaKey, name: str) -> list[AddresseeNumber | None]:
    """What the replica check finds."""
    bulk = network.line(KAWASAKI.id).bulk
    head = jobs.ExpectedRow(kind=key.kind, period=key.period)
    job = await bulk.create(jobs.NewJob(request=name, kind=jobs.JobKind.REPLICA_CHECK, expected=head))
    await bulk.add(jobs.JobRows(job=job.job, first=1, expected=(jobs.ExpectedRow(addressee=key.addressee),)))
    await bulk.close(job.job, 1)
    await bulk.ended(job.job)
    return [each.addressee async for each in bulk.results(job.job) if each.outcome is jobs.RowOutcome.MISSING]


async def test_a_provider_s_replicas_are_registered_again_once_the_check_has_found_them(ward: Ward) -> None:
    lines = ward.network.line(KAWASAKI.id)
    own = replica(ward, automatic=True)
    key = line.ReplicaKey(addressee=own.addressee, kind=own.kind, period=own.period)
    await lines.delete_replicas([key])
    ward.take(ANSWERS)
    assert await lines.put_replicas([own]) == 1
    await ward.set_back(ANSWERS)
    (result,) = await ward.town.answered(await ward.town.ask("no-replica"))
    assert result.state is line.InquiryState.NOT_HELD
    assert await missing(ward.network, key, "before") == [own.addressee]
    assert await lines.put_replicas([own]) == 1
    assert await missing(ward.network, key, "after") == []
    told = await answered(ward.town, await ward.town.ask("replica"))
    assert told == {name: value.reveal() for name, value in own.items.items()}


async def test_what_waited_for_a_provider_s_clerk_is_gone_and_is_asked_under_another_id(ward: Ward) -> None:
    asks, answers = ward.network.line(YOKOHAMA.id), ward.network.line(KAWASAKI.id)
    await answers.put_replicas([replica(ward, automatic=False)])
    ward.take(ANSWERS)
    asked = await ward.town.ask("held")
    await asks.until(asked, frozenset({line.InquiryState.HELD}))
    await ward.set_back(ANSWERS)
    assert await answers.held() == []
    await answers.put_replicas([replica(ward, automatic=True)])
    assert await ward.town.ask("held") == asked
    await answered(ward.town, await ward.town.ask("held-again"))
    assert await ward.town.states(asked) == {line.InquiryState.HELD}


async def test_codes_since_do_not_come_again(ward: Ward) -> None:
    since, under_way, later = ward.strangers[:3]
    for person in (since, under_way, later):
        await ward.register(person)
    lines = ward.network.line(YOKOHAMA.id)
    await ward.network.kill(INTERFACES[0])  # the way from the core to the body
    await lines.acquire([number_of(under_way)])
    async with asyncio.timeout(30):
        while not (await ward.network.counts()).pending_codes:
            await asyncio.sleep(0)
    ward.take(ASKS)
    await ward.network.start(INTERFACES[0])
    assert (await ward.acquire(under_way)).state is line.CodeState.ACQUIRED
    assert (await ward.acquire(since)).state is line.CodeState.ACQUIRED

    await ward.set_back(ASKS)
    again = await ward.acquire(since)
    assert (again.state, again.problem) == (line.CodeState.FAILED, Problem.WRONG_STATE.value)
    await lines.acquire([number_of(under_way)])
    assert (await ward.acquire(later)).state is line.CodeState.ACQUIRED  # asked for after it, and there
    assert (await ward.code(under_way)).state is line.CodeState.REQUESTED


async def test_residents_and_addressees_are_registered_again(ward: Ward) -> None:
    person = ward.strangers[3]
    systems = (RESIDENTS, YOKOHAMA.addressee_system)
    ward.take(*systems)
    await ward.register(person)
    await ward.set_back(*systems)
    failed = await ward.acquire(person)
    assert (failed.state, failed.problem) == (line.CodeState.FAILED, Problem.UNKNOWN_ADDRESSEE.value)
    await ward.register(person)
    await ward.set_back(RESIDENTS)
    failed = await ward.acquire(person)
    assert (failed.state, failed.problem) == (line.CodeState.FAILED, Problem.UNKNOWN_NUMBER.value)
    await ward.register(person)
    assert (await ward.acquire(person)).state is line.CodeState.ACQUIRED


async def test_a_citizen_whose_first_visit_to_the_disclosure_system_was_since_is_shown_nothing_any_more(
    ward: Ward,
) -> None:
    state = ward.network.state
    (card, url) = state.residents[ward.person.index].card, state.systems[DISCLOSURE_SYSTEM].page_url
    assert card is not None
    assert url is not None
    trust = Trust.parse(ward.network.layout.trust.read_bytes())
    citizen = Citizen(ward.network.client(card), Target(url, Role.DISCLOSURE, DISCLOSURE_SYSTEM), trust)
    await answered(ward.town, await ward.town.ask("shown"))
    ward.take(DISCLOSURE_SYSTEM)
    before = await citizen.receipts()
    assert before
    await ward.set_back(DISCLOSURE_SYSTEM)
    assert await citizen.receipts() == []


class Office:
    """Of certificates: its operator, and systems that are asked in with them."""

    def __init__(self, ward: Ward) -> None:
        self._ward = ward
        self._network = ward.network
        self._client = ward.network.client(ward.network.state.staff[OPERATOR])
        self._target = ward.network.target(CERTIFICATION)

    async def issue(self, name: str) -> tuple[str, Client]:
        """A new certificate for Yokohama's line system: its serial, and who shows it."""
        folder = self._ward.folder / name
        folder.mkdir()
        made = request()
        system = SystemName(name)
        wish = CertificateRequest(role=Role.LINE, system=system, body=YOKOHAMA.id, request_pem=made.request_pem)
        message = CertificateRequests(requests=(wish,))
        issued = await self._client.send(self._target, "/v1/certificates", message, IssuedCertificates)
        (one,) = issued.certificates
        (folder / "key").touch(mode=0o600)
        (folder / "key").write_bytes(made.key_pem)
        (folder / "certificate").write_text(one.chain_pem)
        holder = Holder(certificate=str(folder / "certificate"), key=str(folder / "key"))
        return one.serial, self._network.client(holder)

    async def revoke(self, serial: str) -> None:
        await self._client.send(self._target, "/v1/revocations", Revocation(serials=(serial,), reason="lost"), Done)

    async def knock(self, client: Client) -> None:
        message = line.Addressees(addressees=(number_of(self._ward.person),))
        await client.send(self._network.target(ASKS), "/v1/line/codes/states", message, line.CodeStatuses)

    async def listed(self) -> RevokedList:
        return await self._client.ask(self._target, "/v1/revocations", RevokedList)


async def test_a_revocation_since_is_forgotten_and_a_list_counts_where_systems_run_only_past_the_last_they_saw(
    ward: Ward,
) -> None:
    office = Office(ward)
    (lost, lost_client), (other, other_client) = [await office.issue(f"line-{name}") for name in ("lost", "other")]
    ward.take(CERTIFICATION)
    await office.revoke(lost)
    await until_refused(partial(office.knock, lost_client))
    late, _ = await office.issue("line-late")
    before = await office.listed()
    await ward.set_back(CERTIFICATION)

    assert await office.listed() == RevokedList(number=before.number - 1, serials=())
    with pytest.raises(PeerRefusedError, match="not issued here"):
        await office.revoke(late)
    await office.revoke(other)
    assert (await office.listed()).number == before.number  # a list that nobody takes who saw the other one
    await office.knock(other_client)
    with pytest.raises(RenkeiError):
        await office.knock(lost_client)

    await ward.network.kill(ASKS)
    await ward.network.start(ASKS)
    await until_refused(partial(office.knock, other_client))
    await office.knock(lost_client)  # the revocation is forgotten
    await office.revoke(lost)
    await until_refused(partial(office.knock, lost_client))


async def test_the_witness_goes_on_from_an_older_head(ward: Ward) -> None:
    ward.take(SUPERVISION)
    older = (await ward.network.witness()).size
    await ward.town.answered(await ward.town.ask("witnessed"))
    size = await all_cosigned(ward.network)
    assert size > older
    await ward.set_back(SUPERVISION)
    seen = await ward.until_witness(lambda seen: seen.size >= size)
    assert seen.alert is None


async def test_core_and_witness_set_back_together_agree_on_a_history_that_is_over(ward: Ward) -> None:
    """Why the page forbids it. The last of these tests: this network is lost."""
    await all_cosigned(ward.network)
    size = (await ward.until_witness(lambda seen: seen.cosigned)).size
    ward.take(CORE, SUPERVISION)
    forgotten = await ward.town.ask("forgotten")
    await ward.town.answered(forgotten)
    assert await all_cosigned(ward.network) > size
    await ward.set_back(CORE, more="--complete")
    await ward.town.health_until(log="behind", log_size=size)
    assert (await ward.until_witness(lambda seen: seen.alert is not None)).alert == "smaller"
    await ward.set_back(SUPERVISION)
    await ward.network.kill(CORE)
    await ward.network.start(CORE)
    await ward.town.health_until(log="agreed", log_size=size)
    assert (await ward.network.witness()).alert is None  # what it knew of the loss is gone
    await ward.town.answered(await ward.town.ask("instead"))
    core = {each.inquiry for each in await ward.network.record_keys()}
    assert core & set(forgotten) == set()
