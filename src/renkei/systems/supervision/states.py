"""The life of the watch over one log, as a table; nothing else changes a state.

The diagram in docs/states is drawn from `TABLES`.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Any, Final


class State(Enum):
    """Does the witness agree with the log?"""

    AGREEING = "agreeing"
    UNREACHABLE = "unreachable"
    """Nothing was shown for too long: no contradiction, but nobody watches either."""
    ALERT = "alert"
    """The log contradicted what was cosigned before: nothing more is cosigned until an operator has settled it."""


class Event(Enum):
    """What one look at the log brings, and what an operator does."""

    AGREE = "agree"
    MISS = "miss"
    """As many looks in a row as configured found nothing."""
    CONTRADICT = "contradict"
    SETTLE = "settle"


WATCH: Final[Mapping[State, Mapping[Event, State]]] = {
    State.AGREEING: {
        Event.AGREE: State.AGREEING,
        Event.MISS: State.UNREACHABLE,
        Event.CONTRADICT: State.ALERT,
    },
    State.UNREACHABLE: {
        Event.AGREE: State.AGREEING,
        Event.MISS: State.UNREACHABLE,
        Event.CONTRADICT: State.ALERT,
    },
    # No AGREE here: a log that showed two histories is not trusted again because it shows the first one once more.
    State.ALERT: {Event.SETTLE: State.AGREEING},
}

TABLES: Final[Mapping[str, Mapping[Any, Mapping[Any, Any]]]] = {"watch": WATCH}


def after(state: State, event: Event) -> State | None:
    """The state that follows; None where the table has no such move."""
    return WATCH[state].get(event)
