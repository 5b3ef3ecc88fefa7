"""The lives of what the core keeps, as tables; nothing else changes a state.

The diagrams in docs/states are drawn from `TABLES`.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Any, Final


class State(Enum):
    """One inquiry as the record file knows it (法23条3項)."""

    ASKED = "asked"
    """Not yet decided; exists only inside the call, since nothing undecided is recorded."""
    PERMITTED = "permitted"
    REFUSED = "refused"
    PROVIDED = "provided"
    WITHHELD = "withheld"
    NOT_HELD = "not-held"
    LAPSED = "lapsed"


class Event(Enum):
    """What happens to an inquiry: the core's decision, then the provider's report."""

    PERMIT = "permit"
    REFUSE = "refuse"
    PROVIDE = "provide"
    WITHHOLD = "withhold"
    NOT_HOLD = "not-hold"
    LAPSE = "lapse"


RECORD: Final[Mapping[State, Mapping[Event, State]]] = {
    State.ASKED: {Event.PERMIT: State.PERMITTED, Event.REFUSE: State.REFUSED},
    # After a permit the provider alone says what came of it; the core decides no end by itself.
    State.PERMITTED: {
        Event.PROVIDE: State.PROVIDED,
        Event.WITHHOLD: State.WITHHELD,
        Event.NOT_HOLD: State.NOT_HELD,
        Event.LAPSE: State.LAPSED,
    },
    State.REFUSED: {},
    State.PROVIDED: {},
    State.WITHHELD: {},
    State.NOT_HELD: {},
    State.LAPSED: {},
}


class Sending(Enum):
    """A row of the outbox: a notice (命令41条) or a code on its way to a body (命令44条)."""

    PENDING = "pending"
    PARKED = "parked"
    """The provider said that it will not take this notice as things stand; operators see it in counts and log."""
    GONE = "gone"
    """The row is deleted; with a code's row goes its 取得番号 (法21条の2第3項)."""


class SendingEvent(Enum):
    """What the recipient, or the core itself, does with a row of the outbox."""

    ACKNOWLEDGE = "acknowledge"
    TURN_AWAY = "turn-away"
    TRY_AGAIN = "try-again"
    """At every start and whenever the directory changes: the cause may have gone."""


NOTICE: Final[Mapping[Sending, Mapping[SendingEvent, Sending]]] = {
    Sending.PENDING: {SendingEvent.ACKNOWLEDGE: Sending.GONE, SendingEvent.TURN_AWAY: Sending.PARKED},
    Sending.PARKED: {SendingEvent.TRY_AGAIN: Sending.PENDING},
    Sending.GONE: {},
}
CODE_DELIVERY: Final[Mapping[Sending, Mapping[SendingEvent, Sending]]] = {
    # A body that turns a code away has no acquisition under that number: there is nothing left to try.
    Sending.PENDING: {SendingEvent.ACKNOWLEDGE: Sending.GONE, SendingEvent.TURN_AWAY: Sending.GONE},
    Sending.GONE: {},
}

TABLES: Final[Mapping[str, Mapping[Any, Mapping[Any, Any]]]] = {
    "record": RECORD,
    "notice": NOTICE,
    "code-delivery": CODE_DELIVERY,
}


def after(state: State, event: Event) -> State | None:
    """The state that follows; None where the table has no such move."""
    return RECORD[state].get(event)
