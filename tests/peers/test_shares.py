"""Shares of a server, as arithmetic: who has how much of it, at which second."""

import re
import tomllib
from pathlib import Path

import msgspec
import pytest

from renkei.platform.config import Limits, Listen
from renkei.platform.peers.shares import KEPT_IDLE, TELL_EVERY_S, Bucket, Share, Shares, Tally

SMALL = Limits(connections=3, connections_each=2, calls_each=2, calls_each_second=4)
PAGE = Path(__file__).parents[2] / "docs" / "operate" / "limits.md"


def test_the_sample_on_the_page_of_limits_is_a_setting_of_a_server_with_the_defaults() -> None:
    (sample,) = re.findall(r"```toml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    listen = msgspec.convert(tomllib.loads(sample)["listen"], Listen)
    assert listen.limits == Limits() == Listen(port=0).limits
    assert set(tomllib.loads(sample)["listen"]["limits"]) == set(Limits.__struct_fields__)


@pytest.mark.parametrize("wrong", [{"connections": 0}, {"calls_each": 1_000_001}, {"calls": 1}])
def test_a_limit_that_would_let_nobody_in_or_is_misspelt_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"port": 0, "limits": wrong}, Listen)


def entered(shares: Shares, who: str, now_s: float = 0, *, operator: bool = False) -> Share:
    share = shares.enter(who, now_s, operator=operator)
    assert share is not None
    return share


def taken(bucket: Bucket, now_s: float) -> int:
    """How many calls it gives at that moment."""
    return next(count for count in range(1_000) if not bucket.take(now_s))


@pytest.mark.parametrize("rate", [1, 3, 7, 500])
def test_a_seconds_calls_may_come_at_once_and_not_one_more(rate: int) -> None:
    bucket = Bucket(rate, 0)
    assert taken(bucket, 0) == rate
    assert not bucket.take(0)


def test_what_was_spent_comes_back_evenly_and_never_makes_more_than_a_seconds_calls() -> None:
    bucket = Bucket(4, 100.0)
    assert taken(bucket, 100.0) == 4
    assert [taken(bucket, 100.0 + quarter / 4) for quarter in (1, 2, 4)] == [1, 1, 2]
    assert not bucket.is_full(101.5)
    assert taken(bucket, 5_000.0) == 4
    assert bucket.is_full(5_001.0)


def test_a_peer_has_as_many_connections_as_allowed_each_and_no_more_until_one_is_gone() -> None:
    shares = Shares(SMALL)
    first = entered(shares, "a")
    assert entered(shares, "a") is first
    assert shares.enter("a", 0) is None
    assert entered(shares, "b") is not first
    shares.leave(first)
    entered(shares, "a")


def test_past_the_connections_in_all_only_an_operator_comes_in_and_within_his_own_share() -> None:
    shares = Shares(SMALL)
    held = [entered(shares, who) for who in ("a", "b", "c")]
    assert shares.enter("d", 0) is None
    assert [entered(shares, "op", operator=True).connections for _ in range(2)] == [1, 2]
    assert shares.enter("op", 0, operator=True) is None
    for share in held:
        shares.leave(share)
    entered(shares, "d")


def test_calls_under_way_are_limited_for_each_peer_and_one_that_ends_makes_room() -> None:
    shares = Shares(SMALL)
    one, other = entered(shares, "a"), entered(shares, "b")
    assert [shares.begin(one, 0) for _ in range(3)] == [True, True, False]
    assert shares.begin(other, 0)
    shares.end(one)
    assert shares.begin(one, 0)


def test_calls_in_a_second_are_limited_for_each_peer_and_a_new_connection_brings_none() -> None:
    shares = Shares(SMALL)
    one = entered(shares, "a")
    for _ in range(4):
        assert shares.begin(one, 0)
        shares.end(one)
    assert not shares.begin(one, 0)
    shares.leave(one)
    again = entered(shares, "a")
    assert not shares.begin(again, 0.2)
    assert shares.begin(again, 0.25)


def test_a_call_too_many_at_once_does_not_count_against_the_second() -> None:
    shares = Shares(SMALL)
    one = entered(shares, "a")
    assert [shares.begin(one, 0) for _ in range(9)] == [True] * 2 + [False] * 7
    shares.end(one)
    shares.end(one)
    assert [shares.begin(one, 0) for _ in range(2)] == [True, True]


def test_peers_that_are_gone_are_forgotten_and_those_that_are_here_or_spent_much_are_not() -> None:
    shares = Shares(SMALL)
    here, spender, caller = (entered(shares, who) for who in ("here", "spender", "caller"))
    for gone in (spender, caller):
        shares.leave(gone)
    assert shares.begin(caller, 0)  # a call whose connection is gone
    for _ in range(3):
        shares.begin(spender, 60)
        shares.end(spender)
    for number in range(3 * KEPT_IDLE):
        shares.leave(entered(shares, f"passer-by {number}", 60, operator=True))
    assert len(shares) <= KEPT_IDLE
    assert entered(shares, "caller", 60).calls == 1
    assert taken(entered(shares, "spender", 60).bucket, 60) == 4 - 3
    assert entered(shares, "here", 60, operator=True) is here


def test_a_tally_tells_the_first_and_then_no_more_than_once_in_its_time() -> None:
    tally = Tally()
    assert [tally.one_more(second) for second in (5, 5, 5 + TELL_EVERY_S - 0.1)] == [True, False, False]
    assert tally.one_more(5 + TELL_EVERY_S)
    assert tally.count == 4
