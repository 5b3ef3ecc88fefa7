"""The demo's judgement: every way in which copies can differ is counted, and no broken part passes for sound."""

from typing import Any

import pytest
from msgspec.structs import replace

from renkei.messages.line import InquiryState, LinkageRecord, Side
from renkei.messages.log import RecordKey
from renkei.sandbox.canaries import Finding
from renkei.sandbox.report import (
    CanaryReport,
    CitizenReport,
    DemoReport,
    InquiriesReport,
    LogReport,
    RecordsReport,
    compare,
    findings,
)
from renkei.terms.affairs import ArticleNumber, InformationKind, InstantMs, ItemNumber
from renkei.terms.bodies import BodyId

INQUIRY = "0123456789abcdef" * 2
FACTS: dict[str, Any] = {
    "inquiry": INQUIRY,
    "inquirer": BodyId("141003-mayor"),
    "provider": BodyId("141305-mayor"),
    "item": ItemNumber("48"),
    "article": ArticleNumber("50"),
    "list_version": "ab" * 32,
    "kind": InformationKind("local-tax"),
    "items": ("総所得金額",),
    "unit": "財政局税務課",
    "asked_at_ms": InstantMs(1_795_143_600_000),
    "reason": None,
    "provided_at_ms": InstantMs(1_795_143_601_000),
    "non_disclosure": False,
    "no_self_information": False,
}


def central(**changes: Any) -> RecordKey:
    facts: dict[str, Any] = {"sequence": 9, "state": "provided", "permit_index": 4}
    return RecordKey(**(facts | FACTS | changes))


def copy(side: Side, **changes: Any) -> LinkageRecord:
    own = dict.fromkeys(("period", "addressee", "permit_index"))
    facts: dict[str, Any] = {"sequence": 1, "side": side, "state": InquiryState.PROVIDED}
    return LinkageRecord(**(facts | own | FACTS | changes))


def both(**changes: Any) -> list[LinkageRecord]:
    return [copy(side, **changes) for side in Side]


def test_three_equal_copies_match() -> None:
    assert compare([central()], both()) == RecordsReport(core=1, inquirers=1, providers=1, unmatched=0)
    assert compare([], []) == RecordsReport(0, 0, 0, 0)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("inquirer", "kyokai-kenpo"),
        ("provider", "kyokai-kenpo"),
        ("item", "49"),
        ("article", "51"),
        ("article", None),
        ("list_version", "cd" * 32),
        ("kind", "resident-record"),
        ("items", ("総所得金額", "所得割額")),
        ("unit", "福祉課"),
        ("asked_at_ms", 1_795_143_600_001),
        ("reason", "pia-breach"),
        ("provided_at_ms", None),
        ("provided_at_ms", 1_795_143_601_001),
        ("non_disclosure", True),
        ("no_self_information", True),
        ("state", InquiryState.LAPSED),
    ],
)
def test_a_field_that_differs_in_any_of_the_three_copies_is_counted_once(field: str, value: Any) -> None:
    inquirers, providers = both()
    in_core = value.value if isinstance(value, InquiryState) else value
    for record, copies in (
        (central(**{field: in_core}), [inquirers, providers]),
        (central(), [copy(Side.INQUIRER, **{field: value}), providers]),
        (central(), [inquirers, copy(Side.PROVIDER, **{field: value})]),
    ):
        assert compare([record], copies).unmatched == 1


@pytest.mark.parametrize(
    ("copies", "inquirers", "providers"),
    [
        ([], 0, 0),
        ([copy(Side.INQUIRER)], 1, 0),
        ([copy(Side.PROVIDER)], 0, 1),
        ([copy(Side.INQUIRER)] * 2, 2, 0),
        ([*both(), copy(Side.PROVIDER)], 1, 2),
    ],
)
def test_a_copy_too_few_or_too_many_is_counted(copies: list[LinkageRecord], inquirers: int, providers: int) -> None:
    assert compare([central()], copies) == RecordsReport(1, inquirers, providers, unmatched=1)


def test_a_record_that_the_core_lacks_is_counted_once_for_both_its_copies() -> None:
    strangers = both(inquiry="f" * 32)
    assert compare([central()], [*both(), *strangers]) == RecordsReport(1, 2, 2, unmatched=1)


def test_a_record_that_the_core_has_twice_is_counted() -> None:
    assert compare([central(), central(sequence=10)], both()).unmatched == 1


def test_findings_are_named_once_each_in_order() -> None:
    found = [Finding("secret", "b"), Finding("number", "a"), Finding("secret", "b")]
    assert findings(found) == ["number: a", "secret: b"]


SOUND = DemoReport(
    elapsed_ms=1,
    systems=[],
    codes_issued=3,
    replicas=4,
    inquiries=InquiriesReport(5, {}, {}),
    log=LogReport(9, 9, "note", witness_cosigned=True, inclusion_checked=5, consistency_checked=2),
    records=RecordsReport(5, 5, 5, 0),
    citizen=CitizenReport(2, 2, 1),
    canaries=CanaryReport(7, 8, []),
)


def test_a_report_in_which_everything_agrees_is_sound() -> None:
    assert SOUND.sound()


@pytest.mark.parametrize(
    ("part", "changes"),
    [
        ("log", {"size": 10}),
        ("log", {"leaves_expected": 8}),
        ("log", {"witness_cosigned": False}),
        ("log", {"inclusion_checked": 4}),
        ("records", {"core": 4}),
        ("records", {"inquirers": 6}),
        ("records", {"providers": 4}),
        ("records", {"unmatched": 1}),
        ("citizen", {"verified": 1}),
        ("citizen", {"records": 3}),
        ("citizen", {"records": 0, "verified": 0}),
        ("canaries", {"found": ["number: log"]}),
    ],
)
def test_one_part_that_does_not_agree_makes_the_report_unsound(part: str, changes: dict[str, Any]) -> None:
    broken = replace(SOUND, **{part: replace(getattr(SOUND, part), **changes)})
    assert not broken.sound()
