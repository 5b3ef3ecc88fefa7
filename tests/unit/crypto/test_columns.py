"""Sealed columns: a value opens where it was put, and nowhere else."""

import pytest

from renkei.crypto.columns import ColumnSealer
from renkei.crypto.keystore import Entropy, KeyPurpose
from renkei.crypto.software import SoftwareKeyStore
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem


@pytest.fixture
def sealer(store: SoftwareKeyStore, entropy: Entropy) -> ColumnSealer:
    return ColumnSealer(store, "column", entropy)


@pytest.mark.parametrize("plaintext", [b"", b"x", b"y" * 5_000])
def test_a_value_opens_where_it_stands(sealer: ColumnSealer, plaintext: bytes) -> None:
    sealed = sealer.seal("replica", "items", b"row-1", plaintext)
    assert len(sealed) == len(plaintext) + 29
    assert sealer.open("replica", "items", b"row-1", sealed) == plaintext


@pytest.mark.parametrize(
    ("table", "column", "row"),
    [("replica2", "items", b"1"), ("replica", "item", b"1"), ("replica", "items", b"2"), ("replicaitems", "", b"1")],
)
def test_a_value_moved_elsewhere_does_not_open(sealer: ColumnSealer, table: str, column: str, row: bytes) -> None:
    sealed = sealer.seal("replica", "items", b"1", b"value")
    with pytest.raises(RenkeiError, match=f"sealed column {table}.{column}") as caught:
        sealer.open(table, column, row, sealed)
    assert caught.value.problem is Problem.BAD_STORE


def test_every_changed_byte_and_every_cut_is_refused(sealer: ColumnSealer) -> None:
    sealed = sealer.seal("t", "c", b"1", b"value")
    for at in range(len(sealed)):
        with pytest.raises(RenkeiError):
            sealer.open("t", "c", b"1", sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :])
        with pytest.raises(RenkeiError):
            sealer.open("t", "c", b"1", sealed[:at])


def test_one_tenants_key_does_not_open_anothers_column(
    store: SoftwareKeyStore, entropy: Entropy, sealer: ColumnSealer
) -> None:
    store.make("other/column", KeyPurpose.COLUMN)
    sealed = sealer.seal("t", "c", b"1", b"value")
    with pytest.raises(RenkeiError):
        ColumnSealer(store, "other/column", entropy).open("t", "c", b"1", sealed)


def test_equal_values_are_sealed_differently(sealer: ColumnSealer) -> None:
    assert sealer.seal("t", "c", b"1", b"value") != sealer.seal("t", "c", b"1", b"value")


def test_a_list_is_sealed_row_by_row_each_under_a_nonce_of_its_own(sealer: ColumnSealer) -> None:
    values = [(b"row-%d" % i, b"value" * i) for i in range(20)] + [(b"row-1", b"value")]
    sealed = sealer.seal_all("t", "c", values)
    assert [sealer.open("t", "c", row, each) for (row, _), each in zip(values, sealed, strict=True)] == [
        plaintext for _, plaintext in values
    ]
    assert len({each[1:13] for each in sealed}) == len(values)
    assert sealer.seal_all("t", "c", []) == []


def test_a_sealer_prints_its_key_id_alone(sealer: ColumnSealer) -> None:
    assert repr(sealer) == "<ColumnSealer column>"
