"""The trust file: read strictly, and never one that could count a key twice."""

from typing import Any

import pytest

from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem
from renkei.translog.keys import KeyType, VerifierKey
from renkei.translog.trust import Trust

from .conftest import ORIGIN, Signing


@pytest.fixture
def mapping(trust: Trust) -> dict[str, Any]:
    return trust.to_dict()


def test_a_trust_file_reads_back(trust: Trust) -> None:
    assert Trust.parse(trust.render()) == trust
    assert Trust.from_dict(trust.to_dict()) == trust
    assert trust.to_dict() == {
        "v": 1,
        "origin": ORIGIN,
        "log": trust.log.text(),
        "witnesses": [witness.text() for witness in trust.witnesses],
        "cosignatures_required": 0,
    }
    assert trust.keys == (trust.log, *trust.witnesses)


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"v": 2}, Problem.WRONG_VERSION),
        ({"more": 1}, Problem.UNKNOWN_FIELD),
        ({"origin": ""}, Problem.WRONG_TYPE),
        ({"log": 1}, Problem.WRONG_TYPE),
        ({"cosignatures_required": -1}, Problem.WRONG_TYPE),
        ({"witnesses": ["x"] * 16}, Problem.TOO_MANY),
        ({"log": "x"}, Problem.BAD_CONFIGURATION),
        ({"witnesses": ["x"]}, Problem.BAD_CONFIGURATION),
        ({"cosignatures_required": 3}, Problem.BAD_CONFIGURATION),
    ],
)
def test_any_other_file_is_refused(mapping: dict[str, Any], fields: dict[str, Any], problem: Problem) -> None:
    with pytest.raises(RenkeiError) as caught:
        Trust.from_dict({**mapping, **fields})
    assert caught.value.problem is problem


def test_keys_of_the_wrong_type_are_refused(trust: Trust) -> None:
    with pytest.raises(RenkeiError, match="key type"):
        Trust(ORIGIN, trust.witnesses[0])
    with pytest.raises(RenkeiError, match="key type"):
        Trust(ORIGIN, trust.log, (Signing("w").key,))


def test_one_key_under_two_names_is_refused(trust: Trust) -> None:
    again = VerifierKey("other.example", KeyType.COSIGNATURE, trust.witnesses[0].public)
    with pytest.raises(RenkeiError, match="twice"):
        Trust(ORIGIN, trust.log, (trust.witnesses[0], again))
    as_witness = VerifierKey("other.example", KeyType.COSIGNATURE, trust.log.public)
    with pytest.raises(RenkeiError, match="twice"):
        Trust(ORIGIN, trust.log, (as_witness,))
