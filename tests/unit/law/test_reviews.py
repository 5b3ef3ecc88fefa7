"""A decision that somebody holds is decided again, and told apart from what the law says."""

import json
from datetime import date
from typing import Any

import pytest
from msgspec import structs

from renkei.law.details import Details
from renkei.law.editions import Editions
from renkei.law.explain import decided
from renkei.law.facts import Facts
from renkei.law.list import PermissionList
from renkei.law.names import party
from renkei.law.review import explanations
from renkei.messages.codec import encode
from renkei.messages.law import Asked, Decided, Explanation, Explanations, Party
from renkei.messages.line import InquiryState, LinkageRecord, Result, Side
from renkei.messages.receipt import InquiryRecord, Receipt
from renkei.terms.affairs import ArticleNumber, Category, InformationKind, InstantMs, ItemNumber
from renkei.terms.bodies import BodyId
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

PERMISSIONS = PermissionList.load()
NOON = InstantMs(1_790_000_000_000)  # 2026-09-21 in Japan
BODIES = {BodyId(name): party(PERMISSIONS, [Category("municipal-mayor")]) for name in ("141003-mayor", "141305-mayor")}
RECORD = InquiryRecord(
    event="permitted",
    inquiry="0f" * 16,
    inquirer=BodyId("141003-mayor"),
    provider=BodyId("141305-mayor"),
    item=ItemNumber("48"),
    article=ArticleNumber("50"),
    list_version=PERMISSIONS.version,
    kind=InformationKind("local-tax"),
    items=("総所得金額",),
    period=None,
    unit="税務課",
    asked_at_ms=NOON,
    at_ms=NOON,
    valid_until_ms=NOON,
    reason=None,
    non_disclosure=False,
    no_self_information=False,
    person=None,
    inquirer_code=None,
    provider_code=None,
)


def body(id_: BodyId) -> Party:
    if id_ not in BODIES:
        raise RenkeiError(Problem.UNKNOWN_BODY)
    return BODIES[id_]


def review(*documents: Any, most: int | None = None) -> Explanations:
    text = b"\n".join(each if isinstance(each, bytes) else encode(each) for each in documents)
    return explanations(text, body, Editions.shipped(), Details.load(), most)


def one(*documents: Any) -> Explanation:
    (found,) = review(*documents).decisions
    return found


def record(**changes: Any) -> InquiryRecord:
    return structs.replace(RECORD, **changes)


def receipt(of: InquiryRecord) -> Receipt:
    return Receipt(record=encode(of).decode(), salt=bytes(32), index=0, proof=(), checkpoint="")


def linkage(**changes: Any) -> LinkageRecord:
    record = LinkageRecord(
        sequence=1,
        inquiry="0f" * 16,
        side=Side.INQUIRER,
        inquirer=BodyId("141003-mayor"),
        provider=BodyId("141305-mayor"),
        item=ItemNumber("48"),
        article=ArticleNumber("50"),
        kind=InformationKind("local-tax"),
        items=("総所得金額",),
        unit="税務課",
        period=None,
        addressee=None,
        asked_at_ms=NOON,
        state=InquiryState.PROVIDED,
        reason=None,
        provided_at_ms=NOON,
        non_disclosure=False,
        no_self_information=False,
        list_version=PERMISSIONS.version,
        permit_index=0,
    )
    return structs.replace(record, **changes)


def told(kind: str = "local-tax") -> Decided:
    mayor = BODIES[BodyId("141003-mayor")]
    asked = Asked(inquirer=mayor, provider=mayor, item=ItemNumber("48"), kind=InformationKind(kind))
    return decided(PERMISSIONS, asked, date(2026, 9, 21))


@pytest.mark.parametrize("document", [told(), told("vaccination"), RECORD, receipt(RECORD), linkage()])
def test_what_the_law_decided_agrees_with_the_law_in_every_form_in_which_people_hold_it(document: Any) -> None:
    found = one(document)
    assert (found.agrees, found.differs) == (True, ())
    assert found.on == "2026-09-21"
    assert any("一致します" in sentence for sentence in found.sentences_ja)
    assert any("agrees with the law" in sentence for sentence in found.sentences_en)


def test_the_row_is_told_with_all_its_parts() -> None:
    found = one(RECORD)
    assert found.row is not None
    assert (found.row.item, found.row.article, found.row.until) == ("48", "50", None)
    (sentence,) = [each for each in found.sentences_ja if each.startswith("根拠の行")]
    for words in ("照会できる者は市町村長", "提供する者は市町村長", "地方税関係情報", "令和6年5月27日以後"):
        assert words in sentence


def test_the_procedures_that_name_the_information_are_told_and_none_for_the_annex() -> None:
    found = one(record(item=ItemNumber("106"), article=ArticleNumber("108")))
    assert [each.place_ja for each in found.details] == ["提供命令108条1号", "提供命令108条6号"]
    assert "児童手当法7条1項" in found.details[0].procedure_ja
    assert found.details[0].whose_en
    row = next(row for row in PERMISSIONS.in_force(date(2024, 5, 26)))
    asked = Asked(
        inquirer=party(PERMISSIONS, row.inquirers),
        provider=party(PERMISSIONS, row.providers),
        item=row.item,
        kind=row.kinds[0],
    )
    of_annex = one(decided(PERMISSIONS, asked, date(2024, 5, 26)))
    assert (of_annex.agrees, of_annex.details) == (True, ())


def test_a_result_is_explained_by_its_receipt() -> None:
    result = Result(inquiry="0f" * 16, state=InquiryState.PROVIDED, receipt=receipt(RECORD))
    assert one(result).agrees
    with pytest.raises(RenkeiError, match="no decision"):
        review(structs.replace(result, receipt=None))


@pytest.mark.parametrize(
    ("document", "differs"),
    [
        (record(item=ItemNumber("49")), ("decision",)),
        (record(article=ArticleNumber("51")), ("article",)),
        (record(event="refused", article=None, reason="provider-not-listed"), ("decision",)),
        (record(reason="no-statutory-basis"), ("decision",)),
        (record(event="refused", article=None, reason="inquirer-not-listed", kind="vaccination"), ("reason",)),
        (record(event="refused", article=None, reason="unknown-code", kind="vaccination"), ("decision",)),
        (linkage(state=InquiryState.REFUSED, article=None, reason="rule-not-in-force"), ("decision",)),
        (structs.replace(told(), item=ItemNumber("49")), ("question",)),
    ],
)
def test_a_decision_that_was_changed_is_told_with_what_is_wrong(document: Any, differs: tuple[str, ...]) -> None:
    found = review(document)
    assert not found.agrees
    assert found.decisions[0].differs == differs
    assert any("一致しません" in sentence for sentence in found.decisions[0].sentences_ja)


def test_a_refusal_beside_the_list_agrees_where_the_list_permits_and_is_told_with_its_own_sentence() -> None:
    found = one(record(event="refused", article=None, reason="unknown-code"))
    assert found.agrees
    assert any("発行した覚えのない符号" in sentence for sentence in found.sentences_ja)


@pytest.mark.parametrize(
    "document",
    [
        record(item=ItemNumber("ord-141003-1")),
        record(event="refused", article=None, reason="pia-breach", item=ItemNumber("999")),
    ],
)
def test_what_the_list_does_not_decide_is_not_judged(document: Any) -> None:
    found = review(document)
    assert (found.agrees, found.decisions[0].agrees, found.decisions[0].decision) == (True, None, None)
    assert any("確かめていません" in sentence for sentence in found.decisions[0].sentences_ja)


def test_a_decision_by_another_version_says_which_version_was_used_instead() -> None:
    found = one(record(list_version="0f" * 32))
    assert (found.given_version, found.list_version, found.agrees) == ("0f" * 32, PERMISSIONS.version, True)
    assert any("別の版 0f0f0f0f0f0f0f0f" in sentence for sentence in found.sentences_ja)
    assert not any("別の版" in sentence for sentence in one(RECORD).sentences_ja)


def test_the_list_of_its_own_version_decides_where_it_is_held() -> None:
    narrow = without_item_48()
    editions = Editions(PERMISSIONS.version, (), {PERMISSIONS.version: PERMISSIONS, narrow.version: narrow})
    (found,) = explanations(encode(record(list_version=narrow.version)), body, editions, Details.load()).decisions
    assert (found.list_version, found.agrees, found.differs) == (narrow.version, False, ("decision",))


def without_item_48() -> PermissionList:
    """The same names, and no row for item 48."""
    rows = tuple(row for row in PERMISSIONS.rows if row.item != "48")
    facts = Facts(PERMISSIONS.affairs, PERMISSIONS.categories, PERMISSIONS.kinds, rows, "ab" * 32)
    return PermissionList.from_facts(facts)


def test_several_records_may_follow_one_another_and_one_that_disagrees_is_enough() -> None:
    wrong = linkage(article=ArticleNumber("51"))
    found = review(linkage(), wrong, linkage(sequence=2))
    assert (found.agrees, [each.agrees for each in found.decisions]) == (False, [True, False, True])


def test_a_citizens_download_is_read_and_events_after_a_permit_are_passed_over() -> None:
    outcome = {"event": "provided", "inquiry": "0f" * 16, "permit_index": 0, "v": 1}
    later = structs.replace(receipt(RECORD), record=json.dumps(outcome))
    receipts = [json.loads(encode(each)) for each in (receipt(RECORD), later)]
    assert len(review(json.dumps({"v": 1, "receipts": receipts}).encode()).decisions) == 1


@pytest.mark.parametrize("agrees", [True, False, None])
def test_of_a_receipt_it_is_said_that_its_proof_was_not_checked(*, agrees: bool | None) -> None:
    of = {True: RECORD, False: record(article=ArticleNumber("51")), None: record(item=ItemNumber("ord-141003-1"))}
    result = Result(inquiry="0f" * 16, state=InquiryState.PROVIDED, receipt=receipt(of[agrees]))
    download = {"v": 1, "receipts": [json.loads(encode(receipt(of[agrees])))]}
    for document in (receipt(of[agrees]), result, json.dumps(download).encode()):
        found = one(document)
        assert found.agrees is agrees
        assert "renkei verify" in found.sentences_ja[-1]
        assert "`renkei verify`" in found.sentences_en[-1]


@pytest.mark.parametrize("document", [told(), RECORD, linkage()])
def test_of_what_has_no_proof_none_is_spoken_of(document: Any) -> None:
    found = one(document)
    assert not any("verify" in sentence for sentence in (*found.sentences_ja, *found.sentences_en))


def test_more_decisions_than_are_taken_at_once_are_refused_and_what_is_passed_over_is_none() -> None:
    open_one = linkage(state=InquiryState.ASKED, article=None)
    assert len(review(RECORD, open_one, linkage(), most=2).decisions) == 2
    assert len(review(*[RECORD] * 60).decisions) == 60
    with pytest.raises(RenkeiError) as caught:
        review(RECORD, open_one, linkage(), RECORD, most=2)
    assert (caught.value.problem, caught.value.detail) == (Problem.TOO_MANY, "$: at most 2 decisions")


def test_a_day_that_is_none_is_told_with_its_place() -> None:
    with pytest.raises(RenkeiError) as caught:
        review(structs.replace(told(), on="2026-02-30"))
    assert (caught.value.problem, caught.value.detail) == (Problem.WRONG_TYPE, "$.on")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (b"", Problem.WRONG_TYPE),
        (b"{", Problem.MALFORMED),
        (b"[]", Problem.WRONG_TYPE),
        (b"1\n2", Problem.WRONG_TYPE),
        (b"\xff", Problem.MALFORMED),
        (b'{"a":' * 100_000, Problem.MALFORMED),
        (b"{}", Problem.WRONG_TYPE),
        (b'{"question":1}', Problem.WRONG_TYPE),
        (b'{"receipts":1}', Problem.WRONG_TYPE),
        (b'{"event":1}', Problem.WRONG_TYPE),
        (encode(record(inquirer=BodyId("nobody"))), Problem.UNKNOWN_BODY),
        (encode(record(event="refused", reason="bad-weather")), Problem.WRONG_TYPE),
        (encode(linkage(state=InquiryState.ASKED, article=None)), Problem.WRONG_TYPE),
    ],
)
def test_a_document_without_a_decision_is_refused(text: bytes, problem: Problem) -> None:
    with pytest.raises(RenkeiError) as caught:
        review(text)
    assert caught.value.problem is problem
