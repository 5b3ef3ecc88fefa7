"""What may be shown, and what is said about records that do not hold."""

import msgspec
import pytest

from renkei.messages.receipt import Receipt
from renkei.messages.records import DisclosedRecord
from renkei.systems.disclosure.rules import PAIR, Entry, Unreadable, may_be_shown, read_page, read_record
from renkei.translog.receipt import Step, Verifier
from tests.browser.ledger import Ledger, full_ledger, inquiry


def changed(receipt: Receipt, **changes: object) -> Receipt:
    return msgspec.structs.replace(receipt, **changes)


@pytest.fixture
def ledger() -> Ledger:
    return full_ledger()


def test_every_end_of_an_inquiry_reads_and_holds(ledger: Ledger) -> None:
    page = read_page(ledger.disclosed(), None, ledger.trust())
    events = [entry.event for entry in page.entries if isinstance(entry, Entry)]
    assert events == ["permitted", "provided", "withheld", "refused", "refused", "not-held", "lapsed"]
    assert [entry.fault for entry in page.entries] == [None] * 7
    assert page.kept_back == 0


def test_a_changed_letter_in_the_record_is_seen(ledger: Ledger) -> None:
    first = ledger.disclosed()[0].first
    altered = changed(first, record=first.record.replace("保険年金課", "保険年金諜"))
    entry = read_record(DisclosedRecord(first=altered, outcome=None), Verifier(ledger.trust()))
    assert isinstance(entry, Entry)
    assert entry.fault == Step.INCLUSION.value


def test_a_changed_outcome_is_seen_though_the_first_leaf_holds(ledger: Ledger) -> None:
    disclosed = ledger.disclosed()[1]
    assert disclosed.outcome is not None
    altered = changed(disclosed.outcome, record=disclosed.outcome.record.replace("provided", "withheld"))
    entry = read_record(DisclosedRecord(first=disclosed.first, outcome=altered), Verifier(ledger.trust()))
    assert isinstance(entry, Entry)
    assert entry.fault == Step.INCLUSION.value


def test_a_record_that_is_none_is_shown_as_such_and_not_left_out(ledger: Ledger) -> None:
    first = changed(ledger.disclosed()[0].first, record='{"v":1}')
    page = read_page([DisclosedRecord(first=first, outcome=None)], None, ledger.trust())
    assert isinstance(page.entries[0], Unreadable)
    assert page.entries[0].fault


def test_an_end_that_belongs_to_another_inquiry_is_seen_though_both_proofs_hold(ledger: Ledger) -> None:
    rows = ledger.disclosed()
    entry = read_record(DisclosedRecord(first=rows[2].first, outcome=rows[1].outcome), Verifier(ledger.trust()))
    assert isinstance(entry, Entry)
    assert entry.fault == PAIR


def test_an_end_that_names_another_permit_of_the_same_inquiry_is_seen() -> None:
    ledger = Ledger()
    ledger.add(inquiry(1), "provided", permit_index=0)
    entry = read_record(ledger.disclosed()[0], Verifier(ledger.trust()))
    assert isinstance(entry, Entry)
    assert entry.fault == PAIR


def test_a_log_that_is_not_the_trusted_one_is_seen(ledger: Ledger) -> None:
    entry = read_record(ledger.disclosed()[0], Verifier(Ledger("another.example/log").trust()))
    assert entry.fault == Step.ORIGIN.value


def test_a_checkpoint_with_too_few_cosignatures_is_seen(ledger: Ledger) -> None:
    assert read_record(ledger.disclosed()[0], Verifier(ledger.trust(required=1))).fault == Step.COSIGNATURES.value
    ledger.cosigned = True
    assert read_record(ledger.disclosed()[0], Verifier(ledger.trust(required=1))).fault is None


def test_art_23_a_record_with_a_non_disclosure_mark_is_not_shown_even_if_the_core_sent_it() -> None:
    ledger = Ledger()
    ledger.add(inquiry(1, non_disclosure=True), "provided")
    ledger.add(inquiry(2), "provided", non_disclosure=True)
    ledger.add(inquiry(3), "provided", no_self_information=True)
    page = read_page(ledger.disclosed(), 5, ledger.trust())
    assert [entry.first.inquiry for entry in page.entries if isinstance(entry, Entry)] == [inquiry(3).inquiry]
    assert (page.kept_back, page.older) == (2, 5)


def test_what_cannot_be_read_is_always_shown() -> None:
    assert may_be_shown(Unreadable((), "form"))
