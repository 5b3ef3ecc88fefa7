"""The tables of lives: every move that is there, and none that is not."""

from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any

import pytest

from renkei.messages.fields import Outcome
from renkei.messages.line import InquiryState
from renkei.systems.intermediate.states import (
    ANSWERED,
    FINAL_INQUIRY,
    OUTCOME,
    PROVISION,
    TABLES,
    ProvisionEvent,
    ProvisionState,
    after,
)
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

Table = Mapping[Any, Mapping[Any, Enum]]


def moves(table: Table) -> Iterator[tuple[Enum, Enum, Enum | None]]:
    events = {event for following in table.values() for event in following}
    for state, following in table.items():
        for event in events:
            yield state, event, following.get(event)


@pytest.mark.parametrize("name", TABLES)
def test_every_move_of_the_table_is_made_and_every_other_is_refused(name: str) -> None:
    table = TABLES[name]
    for state, event, following in moves(table):
        if following is not None:
            assert after(table, state, event) is following
            continue
        with pytest.raises(RenkeiError) as caught:
            after(table, state, event)
        assert caught.value.problem is Problem.WRONG_STATE


@pytest.mark.parametrize("name", TABLES)
def test_every_state_stands_in_the_table_and_can_be_reached(name: str) -> None:
    table = TABLES[name]
    first: Enum = next(iter(table))
    assert set(table) == set(type(first))
    reached, frontier = {first}, [first]
    while frontier:
        for following in table[frontier.pop()].values():
            if following not in reached:
                reached.add(following)
                frontier.append(following)
    assert reached == set(table)


@pytest.mark.parametrize("name", ["inquiry", "provision"])
def test_no_life_goes_in_a_circle(name: str) -> None:
    table = TABLES[name]

    def longest(state: Enum, seen: frozenset[Enum]) -> int:
        assert state not in seen
        return 1 + max((longest(following, seen | {state}) for following in table[state].values()), default=0)

    assert longest(next(iter(table)), frozenset()) <= 4


def test_what_has_ended_stays_as_it_is() -> None:
    assert {
        InquiryState.REFUSED,
        InquiryState.PROVIDED,
        InquiryState.WITHHELD,
        InquiryState.NOT_HELD,
        InquiryState.LAPSED,
    } == FINAL_INQUIRY


def test_each_outcome_moves_the_inquirer_to_the_state_of_the_same_name() -> None:
    for outcome in Outcome:
        state = after(TABLES["inquiry"], InquiryState.PERMITTED, ANSWERED[outcome])
        assert state.value == outcome.value


def test_what_the_provider_says_of_a_state_is_its_own_name_and_of_a_refusal_nothing() -> None:
    assert {state: outcome.value for state, outcome in OUTCOME.items()} == {
        state: state.value for state in ProvisionState if state not in {ProvisionState.NOTIFIED, ProvisionState.REFUSED}
    }


def test_a_refused_inquiry_is_never_answered() -> None:
    assert PROVISION[ProvisionState.REFUSED] == {}
    assert PROVISION[ProvisionState.NOTIFIED][ProvisionEvent.REFUSE] is ProvisionState.REFUSED


def test_both_sides_use_the_same_words() -> None:
    assert {state.value for state in ProvisionState} - {"notified"} <= {state.value for state in InquiryState}
