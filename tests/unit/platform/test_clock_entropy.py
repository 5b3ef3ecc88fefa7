"""Time and randomness are what they say."""

from renkei.platform.clock import SystemClock
from renkei.platform.entropy import new_id, system_entropy


def test_the_systems_clock_counts_milliseconds_and_does_not_run_backwards_between_two_looks() -> None:
    first, second = SystemClock().now_ms(), SystemClock().now_ms()
    assert 1_700_000_000_000 < first <= second


def test_the_systems_entropy_gives_as_many_bytes_as_asked_and_never_the_same() -> None:
    assert len(system_entropy(33)) == 33
    assert system_entropy(32) != system_entropy(32)


def test_an_id_is_the_entropys_bytes_in_hex() -> None:
    assert new_id(lambda count: bytes(range(count))) == "000102030405060708090a0b0c0d0e0f"
    assert new_id() != new_id()
