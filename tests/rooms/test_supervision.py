"""Supervision over real TLS beside a real core: it cosigns, it catches a core set back, it carries the commission's word."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from renkei.messages.directory import Done, PiaFinding, PiaFindings
from renkei.messages.log import CoreCounts, CountsQuery, Settlement, WitnessState
from renkei.messages.ordinance import OrdinanceNotices
from renkei.platform.clock import SystemClock
from renkei.platform.config import KeyFile, Listen, Tls
from renkei.platform.peers.client import Client, PeerRefusedError, Target
from renkei.platform.peers.sources import CertificationSource
from renkei.platform.process import System
from renkei.systems.supervision import wiring
from renkei.terms.affairs import law_date
from renkei.terms.bodies import PiaState, Role, SystemName
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem
from renkei.translog.checkpoint import open_checkpoint
from tests.unit.law.ordinances import affair

from .core_stage import MAYOR, ORIGIN, OTHER, WITNESS, Stage, inquiry, set_stage
from .running import ScriptedCertification, until_refused
from .stores import only_sqlite, store_at


@dataclass
class Supervision:
    """A running supervision system over one stage; the witness key is the stage's."""

    stage: Stage
    keys: KeyFile
    tls: Tls
    certification: CertificationSource | None = None
    system: System | None = None
    origin: str = ORIGIN
    port: int = 0

    async def start(self, interval_ms: int = 10) -> None:
        config = wiring.Config(
            name=SystemName("supervision"),
            store=store_at(self.stage.folder / "supervision.db"),
            listen=Listen(port=self.port),
            tls=self.tls,
            keys=self.keys,
            core=wiring.Core(url=self.stage.target.base, log_origin=self.origin, log_key=self.stage.known.log_key),
            witness_name=WITNESS,
            interval_ms=interval_ms,
            misses=3,
            certification=self.certification,
        )
        self.system = await wiring.build(config, lambda _why: None)
        for part in self.system.parts:
            started = part.start()
            if started is not None:
                await started

    async def stop(self) -> None:
        if self.system is not None:
            for part in reversed(self.system.parts):
                await part.stop()
            for close in self.system.closing:
                await close()
            self.system = None

    @property
    def target(self) -> Target:
        assert self.system is not None
        return Target(self.system.server.url, Role.SUPERVISION, SystemName("supervision"))

    async def state(self) -> WitnessState:
        return await self.stage.operator.ask(self.target, "/v1/state", WitnessState)

    async def until(self, true: Callable[[WitnessState], bool]) -> WitnessState:
        async with asyncio.timeout(20):
            while not true(state := await self.state()):
                await asyncio.sleep(0)
            return state


@pytest.fixture
async def supervision(tmp_path: Path) -> AsyncIterator[Supervision]:
    async with AsyncExitStack() as stack:
        stage = await set_stage(tmp_path, stack)
        path, unlock = tmp_path / "witness.keys", tmp_path / "witness.unlock"
        unlock.touch(mode=0o600)
        unlock.write_bytes(b"open")
        path.write_bytes(stage.witness.dump(b"open"))
        tls = stage.identities.tls(Role.SUPERVISION, "supervision")
        running = Supervision(stage, KeyFile(path=path, unlock=unlock), tls)
        stack.push_async_callback(running.stop)
        await running.start()
        yield running


async def records(stage: Stage, count: int) -> None:
    mayor, other = stage.bodies[MAYOR], stage.bodies[OTHER]
    if not other.codes():
        await stage.code(OTHER, 1)
        await stage.code(MAYOR, 1)
    await stage.inquire(*[inquiry(mayor.codes()[0]) for _ in range(count)])


def commission(stage: Stage) -> Client:
    return stage.client(Role.COMMISSION, "commission-1")


async def test_what_the_core_logs_is_cosigned_and_the_core_hands_it_on(supervision: Supervision) -> None:
    stage = supervision.stage
    for size in (3, 260, 300):
        await records(stage, size - (await stage.counts()).log_size)
        state = await supervision.until(lambda state, size=size: state.size == size)  # type: ignore[misc]
        assert state.alert is None
    counts = await stage.settled(lambda counts: counts.cosigned_size == 300)
    assert counts.log_size == 300
    note = (await commission(stage).fetch(supervision.target, "/checkpoint")).decode()
    checkpoint, signers = open_checkpoint(note, ORIGIN, stage.trust.keys)
    assert checkpoint.size == 300
    assert [signed.key for signed in signers] == list(stage.trust.keys)
    handed_on = (await stage.operator.fetch(stage.target, "/log/cosigned")).decode()
    assert open_checkpoint(handed_on, ORIGIN, stage.trust.keys)[0] == checkpoint


async def test_a_receipt_under_a_cosigned_checkpoint_carries_the_cosignature(supervision: Supervision) -> None:
    stage = supervision.stage
    await stage.code(OTHER, 1)
    asked = inquiry(await stage.code(MAYOR, 1))
    await stage.inquire(asked)
    await stage.settled(lambda counts: counts.cosigned_size == 1)
    (reply,) = await stage.inquire(asked)
    assert [signed.key.name for signed in stage.verified(reply).cosigners] == [WITNESS]


async def test_supervision_that_was_away_goes_on_from_what_it_last_cosigned(supervision: Supervision) -> None:
    stage = supervision.stage
    await records(stage, 5)
    before = await supervision.until(lambda state: state.size == 5)
    await supervision.stop()
    await records(stage, 300)
    await supervision.start()
    after = await supervision.until(lambda state: state.size == 305)
    assert after.checked == before.checked + 1
    assert after.alert is None


@only_sqlite
async def test_a_core_that_was_set_back_to_an_older_disk_is_caught(supervision: Supervision) -> None:
    stage = supervision.stage
    await records(stage, 5)
    await supervision.until(lambda state: state.size == 5)
    await stage.stop()
    shutil.copy(stage.folder / "core.db", stage.folder / "core.old")
    await stage.start()
    await records(stage, 5)
    await supervision.until(lambda state: state.size == 10)
    await supervision.stop()
    await stage.stop()
    shutil.copy(stage.folder / "core.old", stage.folder / "core.db")
    await stage.start()
    await supervision.start()
    state = await supervision.until(lambda state: state.alert is not None)
    assert (state.alert, state.size) == ("smaller", 10)
    await supervision.stop()
    await records(stage, 20)
    await supervision.start()
    operator = stage.operator
    await operator.send(supervision.target, "/v1/settlements", Settlement(note="disk restored"), Done)
    state = await supervision.until(lambda state: state.alert is not None)
    assert (state.alert, state.size) == ("inconsistent", 10)
    assert state.alert_ja is not None
    assert (await stage.counts()).cosigned_size <= 5  # of the new history nothing was cosigned


async def test_a_core_that_is_down_is_an_alert_until_it_is_back(supervision: Supervision) -> None:
    stage = supervision.stage
    await records(stage, 2)
    await supervision.until(lambda state: state.size == 2)
    await stage.stop()
    state = await supervision.until(lambda state: state.alert is not None)
    assert state.alert == "unreachable"
    await stage.start()
    await supervision.until(lambda state: state.alert is None)


async def test_the_commission_s_finding_reaches_the_core_and_blocks(supervision: Supervision) -> None:
    stage = supervision.stage
    findings = PiaFindings(findings=(PiaFinding(body=OTHER, pia=PiaState.BREACH),))
    done = await commission(stage).send(supervision.target, "/v1/findings", findings, Done)
    assert done.number == (await stage.fetch_directory()).number
    await stage.code(OTHER, 1)
    (reply,) = await stage.inquire(inquiry(await stage.code(MAYOR, 1)))
    assert stage.verified(reply).record["reason"] == "pia-breach"


async def test_5_3_what_a_body_notified_reaches_the_directory_through_the_commission(supervision: Supervision) -> None:
    stage = supervision.stage
    await stage.change(MAYOR, code="141003")
    notices = OrdinanceNotices(affairs=(affair(),))
    done = await commission(stage).send(supervision.target, "/v1/ordinance-affairs", notices, Done)
    directory = await stage.fetch_directory()
    published = affair(published_on=law_date(SystemClock().now_ms()).isoformat())
    assert (directory.number, directory.ordinance_affairs) == (done.number, (published,))
    wrong = OrdinanceNotices(affairs=(affair(id="ord-141003-2", like_item="999"),))
    with pytest.raises(PeerRefusedError) as refused:
        await commission(stage).send(supervision.target, "/v1/ordinance-affairs", wrong, Done)
    assert refused.value.problem is Problem.WRONG_TYPE
    assert "ord-141003-2" in refused.value.detail
    assert await stage.fetch_directory() == directory


async def test_the_commission_sees_the_core_s_counts(supervision: Supervision) -> None:
    stage = supervision.stage
    await records(stage, 3)
    counts = await commission(stage).send(supervision.target, "/v1/counts", CountsQuery(), CoreCounts)
    assert counts.records == 3


async def test_each_door_is_open_to_its_own_people_only(supervision: Supervision) -> None:
    stage = supervision.stage
    findings = PiaFindings(findings=(PiaFinding(body=OTHER, pia=PiaState.BREACH),))
    for client, path, message in (
        (stage.operator, "/v1/findings", findings),
        (stage.operator, "/v1/counts", CountsQuery()),
        (commission(stage), "/v1/settlements", Settlement(note="no")),
        (stage.operator, "/v1/ordinance-affairs", OrdinanceNotices(affairs=(affair(),))),
        (stage.client(Role.CORE, "core"), "/v1/ordinance-affairs", OrdinanceNotices(affairs=(affair(),))),
        (stage.client(Role.INTERFACE, "interface-a"), "/v1/findings", findings),
    ):
        with pytest.raises(PeerRefusedError) as refused:
            await client.send(supervision.target, path, message, Done)
        assert refused.value.problem is Problem.WRONG_ROLE
    with pytest.raises(PeerRefusedError) as refused:
        await stage.client(Role.INTERFACE, "interface-a").ask(supervision.target, "/v1/state", WitnessState)
    assert refused.value.problem is Problem.WRONG_ROLE
    await stage.client(Role.INTERFACE, "interface-a").fetch(supervision.target, "/v1/health")


async def test_a_revoked_certificate_opens_nothing_any_more(supervision: Supervision) -> None:
    stage = supervision.stage
    certification = ScriptedCertification(stage.identities.tls(Role.CERTIFICATION, "certification"))
    await certification.start()
    stage.stack.push_async_callback(certification.stop)
    await supervision.stop()
    supervision.certification = CertificationSource(url=certification.url, refresh_ms=10)
    await supervision.start()
    tls = stage.identities.tls(Role.COMMISSION, "commission-2")
    client = Client(tls)
    stage.stack.push_async_callback(client.close)
    await client.ask(supervision.target, "/v1/state", WitnessState)
    certification.revoke(tls)
    problem = await until_refused(lambda: client.ask(supervision.target, "/v1/state", WitnessState))
    assert problem is Problem.REVOKED_CERTIFICATE


async def test_a_log_key_that_is_none_stops_the_start(supervision: Supervision) -> None:
    core = wiring.Core(url=supervision.stage.target.base, log_origin=ORIGIN, log_key="not a key")
    config = wiring.Config(
        name=SystemName("supervision"),
        store=store_at(supervision.stage.folder / "other.db"),
        listen=Listen(port=0),
        tls=supervision.tls,
        keys=supervision.keys,
        core=core,
        witness_name=WITNESS,
    )
    with pytest.raises(RenkeiError) as error:
        await wiring.build(config, lambda _why: None)
    assert error.value.problem is Problem.BAD_CONFIGURATION
