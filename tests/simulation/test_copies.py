"""`three_copies_agree` (法23条1項・3項): whatever one of the three copies says otherwise is told, field by field."""

from dataclasses import replace
from typing import Any, Final, cast

import msgspec
import pytest

from renkei.messages.fields import Period
from renkei.messages.line import InquiryState
from renkei.messages.receipt import InquiryRecord, OutcomeRecord, Receipt
from renkei.simulation.evidence import Asked, Central, Evidence, Noticed
from renkei.simulation.invariants import Known, three_copies_agree
from renkei.systems.core.rules.record import Salts
from renkei.systems.intermediate.rules.kept import KeptInquiry, KeptProvision
from renkei.systems.intermediate.states import ProvisionState
from renkei.terms.affairs import ArticleNumber, InformationKind, InstantMs, ItemNumber
from renkei.terms.bodies import BodyId
from renkei.translog.trust import Trust

ID: Final = "a" * 32
ASKS, GIVES, OTHER = BodyId("yokohama"), BodyId("kawasaki"), BodyId("osaka")
DIGEST: Final = b"d" * 32
COMMON: Final[dict[str, Any]] = {
    "inquiry": ID,
    "item": ItemNumber("48"),
    "article": ArticleNumber("19"),
    "list_version": "0" * 64,
    "kind": InformationKind("local-tax"),
    "items": ("所得額",),
    "period": Period(first="2025-04-01", last="2026-03-31"),
    "unit": "税務課",
    "asked_at_ms": InstantMs(1_000),
    "valid_until_ms": InstantMs(90_000),
    "reason": None,
    "non_disclosure": False,
    "no_self_information": False,
}
RECORD: Final = InquiryRecord(
    event="permitted",
    inquirer=ASKS,
    provider=GIVES,
    at_ms=InstantMs(2_000),
    person=None,
    inquirer_code=None,
    provider_code=None,
    **COMMON,
)
END: Final = OutcomeRecord(
    event="provided",
    inquiry=ID,
    permit_index=6,
    at_ms=InstantMs(3_000),
    digest=DIGEST,
    non_disclosure=True,
    no_self_information=False,
)
CENTRAL: Final = Central(7, ID, ASKS, GIVES, "provided", Salts(bytes(32)), "", RECORD, "", END, 9)
AGREED: Final = {**COMMON, "non_disclosure": True, "index": 6, "digest": DIGEST}
INQUIRY: Final = KeptInquiry(
    request="r1",
    addressee=None,
    code=None,
    provider=GIVES,
    respond_within_ms=None,
    state=InquiryState.PROVIDED,
    ended_at_ms=InstantMs(3_000),
    **AGREED,
)
PROVISION: Final = KeptProvision(
    inquirer=ASKS, addressee=None, state=ProvisionState.PROVIDED, at_ms=InstantMs(3_000), **AGREED
)
RECEIPT: Final = Receipt(record="", salt=bytes(32), index=6, proof=(), checkpoint="")
BOTH: Final[dict[str, Any]] = {
    "item": ItemNumber("49"),
    "article": ArticleNumber("20"),
    "list_version": "1" * 64,
    "kind": InformationKind("pension"),
    "items": ("控除額",),
    "period": None,
    "unit": "福祉課",
    "asked_at_ms": InstantMs(1_001),
    "valid_until_ms": InstantMs(90_001),
    "reason": "pia-breach",
    "non_disclosure": False,
    "no_self_information": True,
    "index": 7,
    "digest": None,
}
OF_INQUIRER: Final = BOTH | {
    "provider": OTHER,
    "consent": True,
    "state": InquiryState.LAPSED,
    "ended_at_ms": InstantMs(3_001),
}
OF_PROVIDER: Final = BOTH | {"inquirer": OTHER, "state": ProvisionState.LAPSED, "at_ms": InstantMs(3_001)}


def told(inquiry: KeptInquiry = INQUIRY, provision: KeptProvision = PROVISION, **changes: Any) -> list[str]:
    evidence = Evidence(
        central={ID: CENTRAL},
        entries=(),
        checkpoint=None,
        asked={(ASKS, ID): Asked(inquiry, RECEIPT, None, due=False)},
        noticed={(GIVES, ID): Noticed(provision, RECEIPT, None, duties=False)},
        waiting={},
        trust=cast("Trust", None),  # whose signature it is, is another check's
        now_ms=0,
    )
    return list(three_copies_agree(Known({}, {}, []), replace(evidence, **changes)))


def test_where_the_copies_agree_nothing_is_told() -> None:
    assert told() == []


@pytest.mark.parametrize("field", OF_INQUIRER)
def test_what_the_inquirer_records_otherwise_is_told(field: str) -> None:
    (one,) = told(inquiry=msgspec.structs.replace(INQUIRY, **{field: OF_INQUIRER[field]}))
    assert one.startswith("yokohama, the inquirer of")


@pytest.mark.parametrize("field", OF_PROVIDER)
def test_what_the_provider_records_otherwise_is_told(field: str) -> None:
    (one,) = told(provision=msgspec.structs.replace(PROVISION, **{field: OF_PROVIDER[field]}))
    assert one.startswith("kawasaki, the provider of")


@pytest.mark.parametrize("side", ["asked", "noticed"])
def test_a_copy_that_is_missing_is_told(side: str) -> None:
    gone: dict[str, Any] = {side: {}}
    (one,) = told(**gone)
    assert "has no record of it" in one


def test_what_only_bodies_record_is_told_of_both() -> None:
    assert [each.rpartition(", ")[2] for each in told(central={})] == ["and the core does not"] * 2
