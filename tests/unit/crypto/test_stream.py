"""A sealed stream opens whole, under its key and its head, or says that it does not."""

import io
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renkei.crypto.stream import KEY_BYTES, PIECE_BYTES, SALT_BYTES, open_pieces, seal
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

KEY, SALT, HEAD = bytes(KEY_BYTES), bytes(SALT_BYTES), b"head"
SEALED = PIECE_BYTES + 16
Damage = Callable[[list[bytes]], list[bytes]]


def sealed(plain: bytes) -> list[bytes]:
    return list(seal(KEY, SALT, HEAD, io.BytesIO(plain).read))


def opened(pieces: list[bytes], key: bytes = KEY, salt: bytes = SALT, head: bytes = HEAD) -> bytes:
    return b"".join(open_pieces(key, salt, head, io.BytesIO(b"".join(pieces)).read))


@pytest.mark.parametrize("size", [0, 1, PIECE_BYTES - 1, PIECE_BYTES, PIECE_BYTES + 1, 3 * PIECE_BYTES])
def test_what_was_sealed_is_opened(size: int) -> None:
    plain = bytes(index % 251 for index in range(size))
    pieces = sealed(plain)
    assert opened(pieces) == plain
    assert len(pieces) == max(1, -(-size // PIECE_BYTES))


DAMAGES: dict[str, Damage] = {
    "the last piece is missing": lambda pieces: pieces[:-1],
    "the first piece is missing": lambda pieces: pieces[1:],
    "a piece in the middle is missing": lambda pieces: [pieces[0], *pieces[2:]],
    "two pieces are exchanged": lambda pieces: [pieces[1], pieces[0], *pieces[2:]],
    "a piece stands twice": lambda pieces: [pieces[0], *pieces],
    "the last byte is missing": lambda pieces: [*pieces[:-1], pieces[-1][:-1]],
    "a byte more": lambda pieces: [*pieces, b"\0"],
    "another stream's end behind it": lambda pieces: [*pieces, pieces[-1]],
    "nothing at all": lambda _: [],
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_stream_that_is_not_whole_and_in_order_does_not_open(damage: Damage) -> None:
    with pytest.raises(RenkeiError) as error:
        opened(damage(sealed(bytes(3 * PIECE_BYTES + 5))))
    assert error.value.problem is Problem.BAD_STORE


@given(st.integers(min_value=0, max_value=2 * SEALED - 1), st.integers(min_value=0, max_value=7))
def test_no_bit_can_be_changed(place: int, bit: int) -> None:
    data = bytearray(b"".join(sealed(bytes(2 * PIECE_BYTES))))
    data[place] ^= 1 << bit
    with pytest.raises(RenkeiError):
        opened([bytes(data)])


@pytest.mark.parametrize("other", [{"key": b"k" * 32}, {"salt": b"s" * 32}, {"head": b"Head"}])
def test_another_key_salt_or_head_opens_nothing(other: dict[str, bytes]) -> None:
    with pytest.raises(RenkeiError):
        opened(sealed(b"secret"), **other)


def test_pieces_are_sealed_one_by_one_so_that_memory_stays_flat() -> None:
    asked: list[int] = []

    def read(count: int) -> bytes:
        asked.append(count)
        return bytes(count)

    pieces: Iterator[bytes] = seal(KEY, SALT, HEAD, read)
    for _ in range(10):
        next(pieces)
    assert len(asked) == 11
