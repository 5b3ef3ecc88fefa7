"""Records in plain words, in both languages."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

import renkei.systems.disclosure.pages as pages_package
from renkei.law.editions import Editions
from renkei.law.list import PermissionList
from renkei.messages.ordinance import Likeness
from renkei.messages.receipt import InquiryRecord
from renkei.platform.html import Language
from renkei.platform.html.texts import Catalogue, load
from renkei.systems.disclosure.pages.names import Names
from renkei.systems.disclosure.pages.views import STEPS, Damaged, Shown, Views, receipt_file
from renkei.systems.disclosure.rules import Entry, Unreadable, read_record
from renkei.terms.affairs import ArticleNumber, InformationKind, InstantMs, ItemNumber
from renkei.terms.bodies import BodyId
from renkei.terms.refusals import SENTENCES, Reason
from renkei.translog.receipt import Step, Verifier
from tests.browser.ledger import Ending, Ledger, inquiry
from tests.browser.stage import directory_of
from tests.unit.law.ordinances import AFFAIR, LIKE, affair, asked

TEXTS = load([Path(pages_package.__file__).parent / "texts"])
LAW = PermissionList.load()


def views(language: Language, ledger: Ledger, **published: object) -> Views:
    return Views(Names(language, directory_of(ledger, **published), Editions.shipped()), TEXTS[language])


def shown(language: Language, first: InquiryRecord, ending: Ending | None = None, **published: object) -> Shown:
    ledger = Ledger()
    ledger.add(first, ending)
    entry = read_record(ledger.disclosed()[0], Verifier(ledger.trust()))
    assert isinstance(entry, Entry)
    return views(language, ledger, **published).one(entry)


def refused(reason: str, **changes: object) -> InquiryRecord:
    return inquiry(1, event="refused", article=None, valid_until_ms=None, reason=reason, **changes)


def test_d1_a_record_says_who_asked_whom_for_what_when_and_why_in_japanese() -> None:
    view = shown(Language.JA, inquiry(1), "provided")
    assert (view.inquirer.text, view.provider.text) == ("横浜市長", "川崎市長")
    assert view.outcome == "川崎市長が、横浜市長に情報を提供しました。"
    assert view.kind.text == "地方税関係情報"
    assert view.items.text == "所得割額、合計所得金額"
    assert view.affair.text == "国民健康保険の保険給付・保険料の徴収"
    assert view.basis == "番号法19条8号・提供命令2条の表69の項・71条"
    assert view.asked.text == "2026年11月20日 11:23"
    assert view.period == "2025年4月1日から2026年3月31日まで"


def test_d4_the_same_record_says_it_in_english() -> None:
    view = shown(Language.EN, inquiry(1), "provided")
    assert view.outcome == "Mayor of Kawasaki provided the information to Mayor of Yokohama."
    assert view.kind.text == "Local tax"
    assert view.asked.text == "20 November 2026, 11:23"
    assert view.period == "1 April 2025 to 31 March 2026"
    assert view.basis is not None
    assert "item 69" in view.basis


def test_marks_carry_exactly_what_the_record_says() -> None:
    first = inquiry(1)
    view = shown(Language.EN, first)
    assert view.inquirer.value == first.inquirer
    assert json.loads(view.items.value) == list(first.items)
    assert view.asked.iso == "2026-11-20T02:23:00.000Z"


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("reason", Reason)
def test_every_refusal_gives_its_reason_in_words(language: Language, reason: Reason) -> None:
    view = shown(language, refused(reason.value))
    assert view.explanation == (SENTENCES[reason].ja if language is Language.JA else SENTENCES[reason].en)


def test_a_refusal_for_want_of_a_row_cites_none_and_another_one_does() -> None:
    assert shown(Language.JA, refused("information-not-listed")).basis is None
    assert shown(Language.JA, refused("pia-breach")).basis is not None


def test_a_reason_that_we_do_not_know_is_shown_as_it_stands() -> None:
    assert shown(Language.JA, refused("other-reason")).explanation == "other-reason"


def test_a_body_that_left_the_directory_and_an_item_that_never_was_are_shown_by_their_ids() -> None:
    view = shown(Language.JA, refused("no-statutory-basis", provider=BodyId("gone"), item=ItemNumber("999")))
    assert view.provider.text == "gone"
    assert "999" in view.affair.text


def test_a_row_that_ended_is_cited_for_the_day_on_which_it_was_in_force() -> None:
    old = next(row for row in LAW.rows if row.valid_until is not None)
    at = InstantMs(1_735_689_600_000)  # 2025-01-01: within the first stretch
    first = inquiry(1, item=old.item, article=old.article, kind=old.kinds[0], at_ms=at, asked_at_ms=at)
    basis = shown(Language.JA, first).basis
    assert basis is not None
    assert f"表{old.item.replace('-', 'の')}の項" in basis


def by_ordinance(language: Language, **changes: object) -> Shown:
    """A record of an inquiry under an affair by ordinance that is like item 13, and for some things like item 15."""
    further = asked("child-day-support", "municipal-mayor", item="15", likeness=Likeness.SERVICE)
    listed = affair(asked=(*affair().asked, further))
    facts: dict[str, object] = {"item": AFFAIR, "like_item": LIKE, "article": ArticleNumber("15"), "consent": True}
    return shown(language, inquiry(1, **(facts | changes)), ordinance_affairs=(listed,))


def test_19_9_a_record_under_an_ordinance_names_the_affair_its_ordinance_and_both_rules() -> None:
    view = by_ordinance(Language.JA)
    assert (view.affair.value, view.affair.text) == (AFFAIR, "小児の医療費の助成 (小児医療費助成条例)")
    assert view.basis == "番号法19条9号・平成28年個人情報保護委員会規則5号2条(提供命令2条の表13の項・15条に準ずる)"
    english = by_ordinance(Language.EN)
    assert english.affair.text.startswith("Subsidy of children's medical fees")
    assert english.basis is not None
    assert "art. 19(ix)" in english.basis


def test_19_9_what_a_further_item_opens_is_cited_by_that_item() -> None:
    kind = InformationKind("child-day-support")
    opened = by_ordinance(Language.JA, kind=kind, like_item=ItemNumber("15"), article=ArticleNumber("17"))
    refusal = {"event": "refused", "article": None, "like_item": None, "valid_until_ms": None}
    refused = by_ordinance(Language.JA, kind=kind, reason="limited-by-ordinance", **refusal)
    assert opened.basis is not None
    assert "表15の項・17条に準ずる" in opened.basis
    assert refused.basis == opened.basis


def test_19_9_an_affair_that_nobody_published_is_shown_by_its_id() -> None:
    view = shown(Language.JA, refused("no-statutory-basis", item=AFFAIR))
    assert AFFAIR in view.affair.text
    assert view.basis is None


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("ending", ["provided", "withheld", "not-held", "lapsed", None])
def test_every_end_has_a_badge_a_sentence_and_a_course(language: Language, ending: Ending | None) -> None:
    view = shown(language, inquiry(1), ending)
    assert view.badge.text
    assert view.outcome
    assert len(view.course) == 3
    assert "{" not in view.outcome + "".join(each.text for each in view.course)


@pytest.mark.parametrize("language", Language)
def test_every_step_has_a_name_in_every_language(language: Language) -> None:
    texts: Catalogue = TEXTS[language]
    assert tuple(texts["verify"]["steps"]) == STEPS
    assert tuple(texts["check"]["means"]) == STEPS


def test_the_steps_are_those_of_renkei_verify_and_one_more() -> None:
    assert [step.value for step in Step] == list(STEPS[:-1])


def test_what_cannot_be_read_keeps_its_place_in_the_list() -> None:
    ledger = Ledger()
    ledger.add(inquiry(1))
    receipts = (ledger.disclosed()[0].first,)
    (view,) = views(Language.JA, ledger).page([Unreadable(receipts, "entry")])
    assert isinstance(view, Damaged)
    assert json.loads(view.receipts)[0]["index"] == 1


def test_the_receipt_file_holds_every_leaf_as_it_came() -> None:
    ledger = Ledger()
    ledger.add(inquiry(1), "provided")
    disclosed = ledger.disclosed()[0]
    assert disclosed.outcome is not None
    file = json.loads(receipt_file((disclosed.first, disclosed.outcome)))
    assert file["v"] == 1
    assert [each["record"] for each in file["receipts"]] == [disclosed.first.record, disclosed.outcome.record]


# Permission lists come and go.


def kind_by(law: Editions, decided_by: str) -> str:
    """Under which name a record shows its kind of information."""
    ledger = Ledger()
    ledger.add(inquiry(1, list_version=decided_by), None)
    entry = read_record(ledger.disclosed()[0], Verifier(ledger.trust()))
    assert isinstance(entry, Entry)
    return Views(Names(Language.JA, directory_of(ledger), law), TEXTS[Language.JA]).one(entry).kind.text


def test_a_record_is_shown_by_the_list_that_decided_it_whatever_came_since() -> None:
    newer = replace(LAW, version="e" * 64, kinds={})
    law = Editions(LAW.version, ((date(2026, 11, 1), newer.version),), {LAW.version: LAW, newer.version: newer})
    assert kind_by(law, LAW.version) == "地方税関係情報"
    assert kind_by(law, newer.version) == "local-tax"


def test_a_record_whose_list_is_not_here_is_shown_by_the_newest_that_is() -> None:
    law = Editions("d" * 64, (), {LAW.version: LAW})
    assert kind_by(law, "d" * 64) == "地方税関係情報"
