"""The directory: what an operator and the commission may change, and when its number grows."""

from collections.abc import Callable
from dataclasses import replace

import msgspec
import pytest

from renkei.messages.directory import AnnouncedList, BodyEntry, Directory, PiaFinding, SystemEntry
from renkei.systems.core.rules import register as rules
from renkei.systems.core.rules.register import Register
from renkei.terms.affairs import InstantMs
from renkei.terms.bodies import BodyId, PiaState, Role, SystemName
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

from .builders import KENPO, MAYOR, NOW, OTHER, OWN, SYSTEMS, body, directory

LATER = InstantMs(NOW + 1)
BREACH = body(MAYOR, pia=PiaState.BREACH)


def test_the_first_directory_has_the_core_alone() -> None:
    founded = rules.founded(OWN, NOW)
    assert (founded.number, founded.bodies, founded.systems) == (1, (), ())
    assert founded.list_version == OWN.list_version


def test_a_change_gets_the_next_number_and_its_time() -> None:
    old = directory()
    new = rules.renumbered(rules.with_bodies(old, [body(MAYOR)]), old, LATER)
    assert new is not None
    assert (new.number, new.made_at_ms) == (old.number + 1, LATER)


def test_the_same_message_again_makes_no_new_number() -> None:
    old = directory(body(MAYOR))
    assert rules.renumbered(rules.with_bodies(old, [body(MAYOR)]), old, LATER) is None


def test_a_new_witness_is_published_and_bodies_and_lists_stay() -> None:
    announced = AnnouncedList(version="e" * 64, applies_from="2027-04-01")
    old = directory(body(MAYOR), announced=(announced,))
    new = rules.with_own(old, replace(OWN, list_version="f" * 64, witness_keys=("witness",)))
    assert new == msgspec.structs.replace(old, witness_keys=("witness",))


def test_an_operator_replaces_a_body_and_keeps_the_others() -> None:
    new = rules.with_bodies(directory(body(MAYOR), body(OTHER)), [body(OTHER, name_en="Mayor of Kawasaki")])
    assert [(entry.id, entry.name_en) for entry in new.bodies] == [(MAYOR, "Mayor"), (OTHER, "Mayor of Kawasaki")]


def test_an_operator_does_not_lift_a_breach_that_the_commission_found() -> None:
    new = rules.with_bodies(directory(BREACH), [body(MAYOR)])
    assert new.bodies[0].pia is PiaState.BREACH


def test_an_operator_may_enter_a_breach() -> None:
    assert rules.with_bodies(directory(body(MAYOR)), [BREACH]).bodies[0].pia is PiaState.BREACH


def test_the_commission_lifts_a_breach() -> None:
    new = rules.with_findings(directory(BREACH, body(OTHER)), [PiaFinding(body=MAYOR, pia=PiaState.IN_ORDER)])
    assert [entry.pia for entry in new.bodies] == [PiaState.IN_ORDER, PiaState.IN_ORDER]


@pytest.mark.parametrize(
    ("entry", "detail"),
    [
        (body("core"), "the core is not a body"),
        (body(MAYOR, interface=SystemName("interface-x")), "its interface is not registered"),
        (body(MAYOR, interface=SystemName("intermediate-1")), "its interface is not registered"),
        (body(MAYOR, system=SystemName("interface-a")), "its system is not registered"),
    ],
)
def test_a_body_that_nobody_could_reach_is_refused(entry: BodyEntry, detail: str) -> None:
    with pytest.raises(RenkeiError, match=detail) as refused:
        rules.with_bodies(directory(), [entry])
    assert refused.value.problem is Problem.WRONG_TYPE


def test_a_system_does_not_change_its_role_under_the_bodies_that_it_serves() -> None:
    changed = SystemEntry(name=SystemName("interface-a"), role=Role.RESIDENTS, url="https://127.0.0.1:9")
    with pytest.raises(RenkeiError, match="its interface is not registered"):
        rules.with_systems(directory(body(MAYOR)), [changed])


TWICE: list[Callable[[], Directory]] = [
    lambda: rules.with_bodies(directory(), [body(MAYOR), body(MAYOR)]),
    lambda: rules.with_systems(directory(), [SYSTEMS[0], SYSTEMS[0]]),
    lambda: rules.with_findings(directory(body(MAYOR)), [PiaFinding(body=MAYOR, pia=PiaState.BREACH)] * 2),
]


@pytest.mark.parametrize("change", TWICE)
def test_a_message_names_each_entry_once(change: Callable[[], Directory]) -> None:
    with pytest.raises(RenkeiError, match="one stands twice"):
        change()


def test_a_finding_about_a_body_that_is_not_there_is_refused() -> None:
    with pytest.raises(RenkeiError) as refused:
        rules.with_findings(directory(), [PiaFinding(body=MAYOR, pia=PiaState.BREACH)])
    assert refused.value.problem is Problem.UNKNOWN_BODY


def test_a_sender_is_believed_only_through_its_own_interface() -> None:
    register = Register(directory(body(MAYOR)))
    assert register.sender(MAYOR, SystemName("interface-a")).id == MAYOR
    for who, through, problem in (
        (MAYOR, "interface-b", Problem.WRONG_ROLE),
        (KENPO, "interface-a", Problem.UNKNOWN_BODY),
    ):
        with pytest.raises(RenkeiError) as refused:
            register.sender(BodyId(who), SystemName(through))
        assert refused.value.problem is problem


def test_a_directory_of_one_list_is_written_in_one_order() -> None:
    one = rules.with_bodies(directory(), [body(OTHER), body(MAYOR)])
    other = rules.with_bodies(rules.with_bodies(directory(), [body(MAYOR)]), [body(OTHER)])
    assert msgspec.json.encode(one) == msgspec.json.encode(other)
