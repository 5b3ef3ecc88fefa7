"""The life of an account: the table, walked."""

import itertools

import pytest

from renkei.systems.disclosure.states import NEXT, AccountEvent, AccountState, step
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

ALLOWED = [(state, event) for state, moves in NEXT.items() for event in moves]
FORBIDDEN = sorted(
    set(itertools.product(AccountState, AccountEvent)) - set(ALLOWED), key=lambda pair: (pair[0].value, pair[1].value)
)


def test_the_table_knows_every_state() -> None:
    assert set(NEXT) == set(AccountState)


@pytest.mark.parametrize(("state", "event"), ALLOWED)
def test_a_move_of_the_table_is_made(state: AccountState, event: AccountEvent) -> None:
    assert step(state, event) is NEXT[state][event]


@pytest.mark.parametrize(("state", "event"), FORBIDDEN)
def test_any_other_move_is_refused(state: AccountState, event: AccountEvent) -> None:
    with pytest.raises(RenkeiError) as refused:
        step(state, event)
    assert refused.value.problem is Problem.WRONG_STATE


def test_an_open_account_never_moves_again() -> None:
    assert not NEXT[AccountState.OPEN]
    assert not NEXT[AccountState.ELSEWHERE]


def test_the_code_may_overtake_the_reply_that_announces_it() -> None:
    assert step(AccountState.WANTED, AccountEvent.CODE) is AccountState.OPEN
