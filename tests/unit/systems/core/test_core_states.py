"""The tables: every state is reached, ends are ends, and nothing is missing from the drawings."""

import pytest

from renkei.messages.fields import Outcome
from renkei.systems.core.states import CODE_DELIVERY, NOTICE, RECORD, TABLES, Event, Sending, SendingEvent, State, after


@pytest.mark.parametrize("name", TABLES)
def test_every_state_that_a_table_reaches_stands_in_it(name: str) -> None:
    table = TABLES[name]
    assert {state for moves in table.values() for state in moves.values()} <= set(table)


def test_every_state_of_a_record_is_in_its_table_and_reachable_from_asked() -> None:
    reached, new = {State.ASKED}, {State.ASKED}
    while new:
        new = {state for each in new for state in RECORD[each].values()} - reached
        reached |= new
    assert reached == set(State) == set(RECORD)


def test_every_event_moves_something() -> None:
    assert {event for moves in RECORD.values() for event in moves} == set(Event)
    moves = [*NOTICE.values(), *CODE_DELIVERY.values()]
    assert {event for each in moves for event in each} == set(SendingEvent)


def test_every_final_outcome_ends_a_permit_and_only_a_permit() -> None:
    ends = {state for state in State if not RECORD[state]} - {State.REFUSED}
    assert {state.value for state in ends} == {each.value for each in Outcome if each is not Outcome.HELD}
    for event in (Event.PROVIDE, Event.WITHHOLD, Event.NOT_HOLD, Event.LAPSE):
        assert [state for state in State if after(state, event) is not None] == [State.PERMITTED]


def test_what_is_gone_from_the_outbox_does_not_come_back() -> None:
    assert NOTICE[Sending.GONE] == CODE_DELIVERY[Sending.GONE] == {}
