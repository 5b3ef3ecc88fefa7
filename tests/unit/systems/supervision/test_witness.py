"""Design 5: a core that shows two histories is caught; the witness never cosigns two, whatever happens to it."""

import pytest

from renkei.messages.directory import PiaFinding, PiaFindings
from renkei.messages.log import Settlement
from renkei.systems.supervision.rules import SENTENCES, Alert
from renkei.systems.supervision.service import count, report_findings
from renkei.systems.supervision.states import TABLES, WATCH, State
from renkei.terms.bodies import BodyId, PiaState
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem
from renkei.translog.checkpoint import open_checkpoint
from renkei.translog.note import Signature, parse_signature

from .fakes import LOG_KEY, NOW, ORIGIN, WITNESS_KEY, FakeLog, KilledError, World

SIZES = [1, 2, 3, 255, 256, 257, 300, 511, 512, 700]


async def test_each_checkpoint_that_continues_the_last_is_cosigned_and_told_to_the_core() -> None:
    world = World()
    witness = await world.start()
    for size in SIZES:
        world.core.log.grow(size - len(world.core.log.leaves))
        await witness.look()
        checkpoint, signers = open_checkpoint(witness.checkpoint, ORIGIN, [LOG_KEY, WITNESS_KEY])
        assert checkpoint.head == world.core.log.head
        assert [(each.key, each.time_s) for each in signers] == [(LOG_KEY, None), (WITNESS_KEY, NOW // 1000)]
    assert world.cosigned_sizes() == SIZES
    assert witness.state.checked == len(SIZES)
    assert world.alarms == []


async def test_the_line_told_to_the_core_is_the_witness_s_own() -> None:
    world = World()
    world.core.log.grow(5)
    witness = await world.start()
    await witness.look()
    line = parse_signature(world.core.published[0].line)
    assert isinstance(line, Signature)
    assert (line.name, line.key_id) == (WITNESS_KEY.name, WITNESS_KEY.id)
    assert world.core.published[0].line in witness.checkpoint


async def test_an_unchanged_log_is_not_cosigned_again() -> None:
    world = World()
    world.core.log.grow(5)
    witness = await world.start()
    for _ in range(3):
        await witness.look()
    assert world.cosigned_sizes() == [5]


async def test_the_empty_log_is_the_beginning_of_every_log() -> None:
    world = World()
    witness = await world.start()
    await witness.look()
    world.core.log.grow(300)
    await witness.look()
    assert world.cosigned_sizes() == [0, 300]


def forked(size: int) -> FakeLog:
    return FakeLog().grow(99).grow(1, "b").grow(size - 100)


@pytest.mark.parametrize(
    ("shown", "alert"),
    [
        (forked(300), Alert.INCONSISTENT),
        (forked(400), Alert.INCONSISTENT),
        (forked(200), Alert.SMALLER),
        (FakeLog().grow(299), Alert.SMALLER),
        (FakeLog(signer="stranger").grow(400), Alert.BAD_CHECKPOINT),
    ],
    ids=["same size, other root", "larger, other history", "smaller, other history", "smaller", "another key"],
)
async def test_a_log_that_contradicts_what_was_cosigned_is_not_cosigned_and_said_loudly(
    shown: FakeLog, alert: Alert
) -> None:
    world = World()
    world.core.log.grow(300)
    witness = await world.start()
    await witness.look()
    stood_by = witness.checkpoint
    world.core.log = shown
    await witness.look()
    assert witness.state.alert == alert.value
    assert (witness.state.alert_ja, witness.state.alert_en) == SENTENCES[alert]
    assert world.alarms == [alert]
    assert world.cosigned_sizes() == [300]
    assert witness.checkpoint == stood_by
    assert [found.seen for found in world.store.evidence] == [shown.checkpoint()]


async def test_after_a_contradiction_even_the_right_history_waits_for_an_operator() -> None:
    world = World()
    right = world.core.log.grow(300)
    witness = await world.start()
    await witness.look()
    world.core.log = forked(400)
    await witness.look()
    world.core.log = right.grow(1)
    await witness.look()
    assert world.cosigned_sizes() == [300]
    witness = await world.start()  # a restart settles nothing
    await witness.look()
    assert world.cosigned_sizes() == [300]
    assert world.alarms == [Alert.INCONSISTENT, Alert.INCONSISTENT]
    await witness.settle(Settlement(note="restored from the standby"))
    await witness.look()
    assert world.cosigned_sizes() == [300, 301]
    assert witness.state.alert is None
    assert world.store.notes == ["restored from the standby"]


async def test_settling_does_not_make_the_other_history_right() -> None:
    world = World()
    world.core.log.grow(300)
    witness = await world.start()
    await witness.look()
    world.core.log = forked(400)
    await witness.look()
    await witness.settle(Settlement(note="please go on"))
    await witness.look()
    assert world.cosigned_sizes() == [300]
    assert witness.state.alert == Alert.INCONSISTENT.value
    assert len(world.store.evidence) == 2


async def test_without_an_alert_there_is_nothing_to_settle() -> None:
    witness = await World().start()
    with pytest.raises(RenkeiError) as refused:
        await witness.settle(Settlement(note="?"))
    assert refused.value.problem is Problem.WRONG_STATE


async def test_tiles_that_come_short_or_do_not_lead_to_the_root_are_a_contradiction() -> None:
    world = World()
    world.core.log.grow(300)
    world.core.cut = True
    witness = await world.start()
    await witness.look()
    assert witness.state.alert == Alert.INCONSISTENT.value
    assert world.cosigned_sizes() == []


@pytest.mark.parametrize("shown", ["", "nothing", "x\n1\nAAAA\n\n— a b\n"])
async def test_what_is_no_checkpoint_is_an_alert(shown: str) -> None:
    world = World()
    world.core.shown = shown
    witness = await world.start()
    await witness.look()
    assert witness.state.alert == Alert.BAD_CHECKPOINT.value


async def test_a_checkpoint_of_another_log_is_an_alert() -> None:
    world = World()
    world.core.shown = world.core.log.checkpoint().replace(ORIGIN, "renkei.example/log2")
    witness = await world.start()
    await witness.look()
    assert witness.state.alert == Alert.BAD_CHECKPOINT.value


async def test_a_core_that_is_away_too_long_is_an_alert_that_ends_by_itself() -> None:
    world = World()
    world.core.log.grow(3)
    witness = await world.start()
    await witness.look()
    alerts = []
    for away in [True] * 5 + [False]:
        world.core.away = away
        await witness.look()
        alerts.append(witness.state.alert)
    unreachable = Alert.UNREACHABLE.value
    assert alerts == [None, None, unreachable, unreachable, unreachable, None]
    assert world.alarms == [Alert.UNREACHABLE]
    assert world.cosigned_sizes() == [3]


async def test_a_cosignature_that_the_core_did_not_take_is_told_again() -> None:
    world = World()
    world.core.log.grow(3)
    world.core.deaf = True
    witness = await world.start()
    await witness.look()
    assert world.cosigned_sizes() == []
    world.core.deaf = False
    await witness.look()
    assert world.cosigned_sizes() == [3]


@pytest.mark.parametrize("killed", ["lost", "kept"])
async def test_a_witness_that_is_killed_at_the_write_never_stands_by_two_histories(killed: str) -> None:
    world = World()
    right = world.core.log.grow(300)
    witness = await world.start()
    await witness.look()
    right.grow(50)
    world.store.killed = killed
    with pytest.raises(KilledError):
        await witness.look()
    assert world.cosigned_sizes() == [300]  # nothing was told before it was stored
    world.store.killed = None
    world.core.log = forked(350)
    witness = await world.start()
    await witness.look()
    assert witness.state.alert == Alert.INCONSISTENT.value
    world.core.log = right
    await witness.settle(Settlement(note="settled"))
    await witness.look()
    assert world.cosigned_sizes()[-1] == 350


async def test_after_a_restart_the_last_cosignature_is_told_once_more_and_it_is_the_same() -> None:
    world = World()
    world.core.log.grow(300)
    await (await world.start()).look()
    await (await world.start()).look()
    first, second = world.core.published
    assert first == second


async def test_before_the_first_look_there_is_no_checkpoint_to_show() -> None:
    witness = await World().start()
    with pytest.raises(RenkeiError) as refused:
        _ = witness.checkpoint
    assert refused.value.problem is Problem.WRONG_STATE
    assert (witness.state.cosigned, witness.state.size) == (False, 0)


async def test_the_commission_s_findings_go_to_the_core_and_its_refusal_comes_back() -> None:
    world = World()
    found = PiaFindings(findings=(PiaFinding(body=BodyId("141003-mayor"), pia=PiaState.BREACH),))
    assert (await report_findings(world.core, found)).number == 1
    with pytest.raises(RenkeiError):
        await count(world.core)


def test_every_alert_has_a_sentence_in_both_languages() -> None:
    assert set(SENTENCES) == set(Alert)
    for words in SENTENCES.values():
        assert words.ja.endswith("。")
        assert words.en.endswith(".")


def test_the_table_knows_every_state_and_an_alert_ends_by_an_operator_only() -> None:
    assert set(WATCH) == set(State)
    assert [event.value for event in WATCH[State.ALERT]] == ["settle"]
    assert TABLES["watch"] is WATCH
