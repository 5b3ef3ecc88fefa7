"""Any bytes, and good bytes with anything done to them: read and written back, or refused; never another exception."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.targets import TARGETS, attempt

HOSTILE = (
    b"", b"\0", b"\xff", b"\xed\xa0\x80", b"[" * 100_000, b'{"a":' * 100_000, b"1" * 5_000, b"a=" + b"1" * 5_000,
    b"a=" + b"[" * 2_000, b'{"v":1,"receipts":["\xff"]}', b'{"v":1,"receipts":[1e999]}', b'{"v":1e999}', b'{"v":"\xff"}', b"NaN",
    b'{"receipts":[' + b"[" * 5_000, b'{"endings":' + b"1" * 5_000 + b"}", b'"\\ud800"', b'{"a":"\\ud800"}',
    b"endings = " + b"1" * 5_000, b"\xef\xbb\xbf", b"---\n", b"<a>", b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
    b"listen = 2026-01-01T00:00:00Z", b'store = "postgresql://[::1"', b'store = "\\u0000"', b"\r\n", b"\xff\xfe{\0}\0",
)  # fmt: skip


@st.composite
def mutated(draw: st.DrawFn, name: str) -> bytes:
    """A good example with stretches cut out, doubled, overwritten or put in."""
    data = bytearray(draw(st.sampled_from(TARGETS[name].seeds())))
    for _ in range(draw(st.integers(1, 4))):
        first, length = draw(st.integers(0, len(data))), draw(st.sampled_from([0, 1, 2, 8, 64]))
        put = draw(
            st.one_of(st.binary(max_size=4), st.just(bytes(data[first : first + 40])), st.sampled_from(HOSTILE[:4]))
        )
        data[first : first + length] = put
    return bytes(data)


@pytest.mark.parametrize("name", TARGETS)
def test_a_good_example_is_read_or_refused_and_none_crashes(name: str) -> None:
    """Also that each target with a readable example reads it: a target that refuses everything would find nothing."""
    found = [attempt(name, seed) for seed in TARGETS[name].seeds()]
    unreadable = {"column", "sealed_stream", "key_file", "ordinance_toml"}
    assert any(found) is (name not in unreadable)


@pytest.mark.parametrize("name", TARGETS)
def test_what_has_broken_parsers_before_is_refused(name: str) -> None:
    for data in HOSTILE:
        attempt(name, data)
        for first in range(8):  # where the first byte chooses
            attempt(name, bytes([first]) + data)


@pytest.mark.parametrize("name", TARGETS)
@settings(max_examples=30, suppress_health_check=[HealthCheck.data_too_large, HealthCheck.too_slow])
@given(data=st.data())
def test_any_bytes_are_read_and_written_back_or_refused(name: str, data: st.DataObject) -> None:
    attempt(name, data.draw(st.one_of(st.binary(max_size=300), mutated(name))))
