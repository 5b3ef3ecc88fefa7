"""法23条, 命令47条: what a record says, what its commitments hide, and who can open them."""

import pytest

from renkei.crypto.commit import commitment
from renkei.law.rows import Basis
from renkei.messages.codec import encode
from renkei.messages.receipt import OutcomeRecord
from renkei.systems.core.rules.inquiry import ForeignCode
from renkei.systems.core.rules.record import Decision, Entry, Named, Salts, draft
from renkei.systems.core.states import State
from renkei.terms.affairs import InstantMs
from renkei.terms.codes import RecordCode
from renkei.terms.refusals import Reason

from .builders import KENPO, LAW, MAYOR, NOW, OTHER, case, code_of, law, permitted, request, text_of

UNTIL = InstantMs(NOW + 60_000)
PERSON = RecordCode(b"r" * 16)


def refused(reason: Reason, named: Named) -> Entry:
    decision = Decision(reason, law(item="9999"), LAW.version, NOW, UNTIL)
    return Entry(1, draft(request(), case(law=law(item="9999")), decision, named, (b"t" * 32, b"m" * 32)))


def test_a_permit_names_the_article_the_validity_and_no_reason() -> None:
    record = permitted().first()
    basis = law()
    assert isinstance(basis, Basis)
    assert (record.event, record.article, record.valid_until_ms, record.reason) == (
        "permitted",
        basis.article,
        UNTIL,
        None,
    )
    assert (record.inquirer, record.provider, record.at_ms, record.list_version) == (MAYOR, OTHER, NOW, LAW.version)


def test_a_refusal_names_its_reason_and_never_the_provider_s_code() -> None:
    entry = refused(Reason.NO_STATUTORY_BASIS, Named(text_of(MAYOR), PERSON, text_of(OTHER)))
    record = entry.first()
    assert (record.event, record.reason, record.article, record.valid_until_ms) == (
        "refused",
        "no-statutory-basis",
        None,
        None,
    )
    assert entry.state is State.REFUSED
    assert entry.draft.provider_code is None


def test_each_commitment_opens_with_its_own_salt_to_the_code_as_its_owner_has_it() -> None:
    entry = permitted()
    record, salts = entry.first(), entry.draft.salts
    assert record.inquirer_code == commitment("inquirer", salts.inquirer, code_of(MAYOR).text().encode())
    assert record.provider_code == commitment("provider", salts.provider, code_of(OTHER, 2).text().encode())
    assert record.person == commitment("person", salts.person, PERSON.reveal())


def test_no_salt_that_is_handed_out_opens_another_commitment() -> None:
    salts = Salts(b"m" * 32)
    derived = [salts.leaf, salts.outcome, salts.person, salts.inquirer, salts.provider]
    assert len({*derived, salts.master}) == 6


def test_a_record_says_nothing_of_the_person_or_of_codes() -> None:
    entry = permitted()
    for secret in (PERSON.reveal(), code_of(MAYOR).reveal(), code_of(OTHER, 2).reveal(), entry.draft.salts.master):
        for form in (secret.hex(), repr(secret)):
            assert form not in entry.draft.record
    for text in (code_of(MAYOR).text(), code_of(OTHER, 2).text()):
        assert text not in entry.draft.record
        assert text not in repr(entry)


def test_whom_a_foreign_code_names_is_not_recorded() -> None:
    entry = refused(Reason.CODE_OF_ANOTHER_BODY, Named(None, None, None))
    record = entry.first()
    assert (record.person, record.inquirer_code, record.provider_code) == (None, None, None)
    assert isinstance(ForeignCode(KENPO), ForeignCode)


@pytest.mark.parametrize(("first", "second"), [(True, False), (False, True), (True, True), (False, False)])
def test_a_mark_of_either_side_marks_the_record(first: bool, second: bool) -> None:
    entry = permitted(non_disclosure=first)
    outcome = OutcomeRecord(
        event="withheld",
        inquiry="0" * 32,
        permit_index=4,
        at_ms=NOW,
        digest=None,
        non_disclosure=second,
        no_self_information=False,
    )
    ended = entry.ended(State.WITHHELD, outcome)
    assert ended.draft.marked is (first or second)
    assert ended.outcome == encode(outcome).decode()
    assert ended.first() == entry.first()
