"""The life of an account: one card, and the way to the disclosure system's own code for its holder (法21条の2)."""

from collections.abc import Mapping
from enum import Enum
from typing import Final

from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem


class AccountState(Enum):
    """Where an account stands."""

    WANTED = "wanted"
    """An acquisition number is made; residents may not have heard of it yet."""
    PASSED_ON = "passed-on"
    """Residents and core have taken it; the code is on its way."""
    OPEN = "open"
    """The code is here and the acquisition number is gone."""
    ELSEWHERE = "elsewhere"
    """The core says that a code was issued to this system before (命令44条2項): under another card."""


class AccountEvent(Enum):
    """What moves an account."""

    TAKEN = "taken"
    CODE = "code"
    ALREADY = "already"


NEXT: Final[Mapping[AccountState, Mapping[AccountEvent, AccountState]]] = {
    # The code may overtake the reply to the request that asked for it.
    AccountState.WANTED: {
        AccountEvent.TAKEN: AccountState.PASSED_ON,
        AccountEvent.CODE: AccountState.OPEN,
        AccountEvent.ALREADY: AccountState.ELSEWHERE,
    },
    AccountState.PASSED_ON: {
        AccountEvent.CODE: AccountState.OPEN,
        AccountEvent.ALREADY: AccountState.ELSEWHERE,
    },
    AccountState.OPEN: {},
    AccountState.ELSEWHERE: {},
}


def step(state: AccountState, event: AccountEvent) -> AccountState:
    """The state after the event; raises WRONG_STATE where the table has none."""
    following = NEXT[state].get(event)
    if following is None:
        raise RenkeiError(Problem.WRONG_STATE, f"{state.value}: {event.value}")
    return following
