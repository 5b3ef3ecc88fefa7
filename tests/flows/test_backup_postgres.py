"""A core in PostgreSQL is lost with its server and comes back as it was at a moment, by docs/operate/backup.md."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psycopg
from msgspec import structs

from renkei.messages import addressee, line
from renkei.sandbox.bodies import KAWASAKI, KENPO, YOKOHAMA
from renkei.sandbox.build import Size, prepared
from renkei.sandbox.layout import CORE, system_plans
from renkei.sandbox.lines import FINAL_STATES
from renkei.sandbox.network import Network
from renkei.sandbox.people import SyntheticResident
from renkei.sandbox.plans import ITEMS, period_of, replicas_for
from renkei.terms.bodies import AddresseeNumber, PiaState
from renkei.terms.refusals import Reason
from renkei.translog.trust import Trust
from tests import operate
from tests.operate import Archiving
from tests.postgres import Cluster, session_cluster

from .test_backup import Drill, all_cosigned
from .town import PLAN, Town

__all__ = ["session_cluster"]
RESIDENTS = 60
STRANGER = AddresseeNumber("900000000000001")


@contextmanager
def places(folder: Path, own: Cluster, others: Cluster) -> Iterator[str]:
    """The core's server is the one that is lost; all others store elsewhere. Gives the URL with `{system}`."""
    folder.mkdir()
    made = [(plan.name.replace("-", "_"), own if plan.name == CORE else others) for plan in system_plans()]
    for name, cluster in made:
        (folder / name).symlink_to(cluster.folder)
        say(cluster, f"CREATE SCHEMA {name}")
    try:
        yield f"postgresql:///postgres?host={folder}/{{system}}&options=-c%20search_path%3D{{system}}"
    finally:
        for name, cluster in made:
            if cluster is others:
                say(cluster, f"DROP SCHEMA {name} CASCADE")


def say(cluster: Cluster, statement: str) -> None:
    with psycopg.connect(cluster.address("postgres"), autocommit=True) as connection:
        connection.execute(statement.encode())


class ServerDrill(Drill):
    """On PostgreSQL it is any moment since a base backup."""

    cluster: Archiving
    since: "Since"
    moment = ""

    def back_up(self) -> None:
        self.cluster.base()

    async def stand(self) -> None:
        self.backup_size = await self.town.cosigned()
        self.moment = self.cluster.moment()

    async def lose(self) -> None:
        await super().lose()
        provided = await self.since.make()
        self.kept.append(provided)
        self.lost += [provided.inquiry, self.since.under_way]
        self.full_size = await all_cosigned(self.network)
        await self.cluster.archived()
        await self.network.kill(CORE)
        self.cluster.lose()

    async def restore(self) -> None:
        done = self.cluster.recover(self.moment)
        assert done.returncode == 0, (done, self.cluster.told_by_server())
        closed = self.shell.does(operate.block(operate.CLOSE, self.instead))
        assert f"closed at {self.backup_size} entries" in closed


class Since:
    """What else comes between the moment and the loss: a finding, a code, and an inquiry that a clerk has before them."""

    def __init__(self, network: Network, people: Sequence[SyntheticResident]) -> None:
        self._network = network
        self._lines = network.line(YOKOHAMA.id)
        self._provider = network.line(KAWASAKI.id)
        self.under_way = ""
        self._person = next(
            each for each in people if KAWASAKI.id in each.addressees and YOKOHAMA.id not in each.addressees
        )

    async def make(self) -> line.Result:
        await self._network.find(KENPO.id, PiaState.BREACH)
        assert await self._pia() is PiaState.BREACH
        assert await self._acquire() is line.CodeState.ACQUIRED
        provided = await self._ask("since-1")
        assert provided.state is line.InquiryState.PROVIDED
        await self._provider.put_replicas([self._protected()])
        held = await self._ask("since-held", frozenset({line.InquiryState.HELD}))
        self.under_way = held.inquiry
        return provided

    async def come_again(self) -> None:
        """By those whom the page names; what was under way ends between the bodies."""
        await self._provider.decide([line.Decision(inquiry=self.under_way, release=True, clerk="clerk-1")])
        (ended,) = await self._lines.until([self.under_way], FINAL_STATES)
        assert ended.state is line.InquiryState.PROVIDED
        assert await self._pia() is PiaState.IN_ORDER
        await self._network.find(KENPO.id, PiaState.BREACH)
        assert await self._pia() is PiaState.BREACH
        for number, request in enumerate(("since-2", "since-3"), 1):
            refused, counts = await self._ask(request), await self._network.counts()
            assert (refused.state, refused.reason) == (line.InquiryState.REFUSED, Reason.UNKNOWN_CODE.value)
            assert counts.misuse_signs == number
            assert await self._acquire() is line.CodeState.ACQUIRED  # the body has it, so nothing is asked of the core

    async def _acquire(self) -> line.CodeState:
        person = addressee.Person(addressee=STRANGER, number=self._person.number, lines={})
        await self._lines.register_persons([person])
        await self._lines.acquire([STRANGER])
        return (await self._lines.acquired([STRANGER]))[0].state

    def _protected(self) -> line.Replica:
        own = replicas_for(KAWASAKI.id, self._person)
        return structs.replace(next(each for each in own if each.kind == PLAN.kind), automatic=False)

    async def _ask(self, request: str, reached: frozenset[line.InquiryState] = FINAL_STATES) -> line.Result:
        inquiry = line.Inquiry(
            request=request,
            provider=PLAN.provider.id,
            item=PLAN.item,
            kind=PLAN.kind,
            items=ITEMS[PLAN.kind],
            unit=PLAN.unit,
            addressee=STRANGER,
            period=period_of(PLAN.kind),
        )
        (accepted,) = await self._lines.ask([inquiry])
        return (await self._lines.until([accepted.inquiry or ""], reached))[0]

    async def _pia(self) -> PiaState:
        directory = await self._network.directory()
        return next(body.pia for body in directory.bodies if body.id == KENPO.id)


async def test_a_core_in_postgresql_comes_back_as_it_was_at_a_moment_and_cannot_tell_a_second_history(
    tmp_path: Path, session_cluster: Cluster
) -> None:
    with Archiving.here() as cluster, places(cluster.folder / "at", cluster, session_cluster) as store:
        async with prepared(tmp_path / "net", Size(RESIDENTS, store), lambda _: None) as (network, people):
            drill = ServerDrill(Town(network, people), tmp_path, Trust.parse(network.layout.trust.read_bytes()))
            drill.cluster, drill.since = cluster, Since(network, people)
            await drill.town.load()
            await drill.take()
            await drill.lose()
            await drill.restore()
            await drill.stand_still()
            await drill.come_back()
            await drill.since.come_again()
            await drill.compare()
