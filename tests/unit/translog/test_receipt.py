"""A receipt proves its record, and a failing one says at which step it fails (法23条)."""

import hashlib
from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec
import pytest

from renkei.messages.codec import decode, encode
from renkei.messages.receipt import OutcomeRecord, Receipt
from renkei.terms.affairs import InstantMs
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem
from renkei.translog.checkpoint import Checkpoint, add_signatures, sign_checkpoint
from renkei.translog.note import Note, Signature, cosign_note, parse_note
from renkei.translog.receipt import ReceiptError, Step, Verifier, record_entry, verify_receipt
from renkei.translog.tree import TreeHead
from renkei.translog.trust import Trust

from .conftest import ORIGIN, RECORD, SALT, Log, Signing


def changed(receipt: Receipt, **fields: object) -> Receipt:
    return msgspec.structs.replace(receipt, **fields)


def failing(receipt: Receipt, trust: Trust) -> Step:
    with pytest.raises(ReceiptError) as caught:
        verify_receipt(receipt, trust)
    assert caught.value.detail.startswith(caught.value.step.value)
    return caught.value.step


def cosigned(receipt: Receipt, *witnesses: Signing) -> Receipt:
    text = parse_note(receipt.checkpoint).text
    lines = [cosign_note(text, witness.key, 99, witness.sign) for witness in witnesses]
    return changed(receipt, checkpoint=add_signatures(receipt.checkpoint, lines))


def demanding(trust: Trust, count: int) -> Trust:
    return Trust(trust.origin, trust.log, trust.witnesses, count)


def test_a_receipt_proves_its_record_also_after_the_wire(receipt: Receipt, trust: Trust, log: Log) -> None:
    verified = verify_receipt(decode(Receipt, encode(receipt)), trust)
    assert verified.record["unit"] == "市民税課"
    assert (verified.index, verified.size, verified.root) == (7, 21, log.frontier.root())
    assert (verified.log, verified.cosigners) == (ORIGIN, ())


def test_the_entry_is_the_hash_of_salt_and_record() -> None:
    assert record_entry(SALT, RECORD) == hashlib.sha256(SALT + RECORD.encode()).digest()


@pytest.mark.parametrize(
    ("fields", "step"),
    [
        ({"salt": SALT[:31]}, Step.FORM),
        ({"proof": (b"short",)}, Step.FORM),
        ({"proof": (bytes(32),) * 65}, Step.FORM),
        ({"checkpoint": "none"}, Step.FORM),
        ({"checkpoint": "a\nb\nc\n\n\u2014 a AAAAAAAA\n"}, Step.FORM),
        ({"record": "{"}, Step.ENTRY),
        ({"record": "[]"}, Step.ENTRY),
        ({"record": RECORD.replace(",", ", ")}, Step.ENTRY),
        ({"record": '{"v":1,"v":2}'}, Step.ENTRY),
        ({"record": '{"v":1e0}'}, Step.ENTRY),
        ({"record": '{"v":"\\u0041"}'}, Step.ENTRY),
        ({"record": '{"v":"\udc80"}'}, Step.ENTRY),
        ({"record": '{"v":' + "[" * 9_000 + "]" * 9_000 + "}"}, Step.ENTRY),
        ({"record": RECORD.replace("permitted", "refused")}, Step.INCLUSION),
        ({"salt": SALT[::-1]}, Step.INCLUSION),
        ({"index": 6}, Step.INCLUSION),
        ({"index": -1}, Step.INCLUSION),
        ({"index": 2**62}, Step.INCLUSION),
        ({"proof": ()}, Step.INCLUSION),
    ],
)
def test_a_changed_part_fails_at_its_step(receipt: Receipt, trust: Trust, fields: dict[str, Any], step: Step) -> None:
    assert failing(changed(receipt, **fields), trust) is step


def test_a_receipt_of_another_log_fails_at_the_origin(receipt: Receipt, trust: Trust, log: Log) -> None:
    other = sign_checkpoint("other.example", log.frontier.head(), log.signing.key, log.signing.sign)
    with pytest.raises(ReceiptError) as caught:
        verify_receipt(changed(receipt, checkpoint=other), trust)
    assert (caught.value.step, caught.value.problem) == (Step.ORIGIN, Problem.OTHER_LOG)


def test_a_checkpoint_that_the_log_did_not_sign_fails_at_its_signature(
    receipt: Receipt, trust: Trust, log: Log
) -> None:
    thief = Signing("thief.example")
    text = parse_note(receipt.checkpoint).text
    own = sign_checkpoint(ORIGIN, log.frontier.head(), thief.key, thief.sign)
    assert failing(changed(receipt, checkpoint=own), trust) is Step.LOG_SIGNATURE
    forged = Note(text, (Signature(ORIGIN, trust.log.id, thief.sign(text.encode())),)).render()
    assert failing(changed(receipt, checkpoint=forged), trust) is Step.LOG_SIGNATURE


def test_a_signed_root_that_the_proof_does_not_reach_fails_at_the_inclusion(
    receipt: Receipt, trust: Trust, log: Log
) -> None:
    other = sign_checkpoint(ORIGIN, TreeHead(21, bytes(32)), log.signing.key, log.signing.sign)
    assert failing(changed(receipt, checkpoint=other), trust) is Step.INCLUSION


def test_cosignatures_are_counted_against_what_the_trust_demands(
    receipt: Receipt, trust: Trust, witnesses: list[Signing]
) -> None:
    assert failing(receipt, demanding(trust, 1)) is Step.COSIGNATURES
    one = cosigned(receipt, witnesses[0])
    assert [signed.time_s for signed in verify_receipt(one, demanding(trust, 1)).cosigners] == [99]
    assert failing(one, demanding(trust, 2)) is Step.COSIGNATURES
    assert len(verify_receipt(cosigned(one, witnesses[1]), demanding(trust, 2)).cosigners) == 2


def test_one_witness_signing_twice_is_one(receipt: Receipt, trust: Trust, witnesses: list[Signing]) -> None:
    note = parse_note(cosigned(receipt, witnesses[0]).checkpoint)
    line = cosign_note(note.text, witnesses[0].key, 100, witnesses[0].sign)
    twice = Note(note.text, (*note.signatures, line)).render()
    assert failing(changed(receipt, checkpoint=twice), demanding(trust, 2)) is Step.COSIGNATURES


def test_strangers_do_not_count_and_a_forged_witness_is_refused(
    receipt: Receipt, trust: Trust, witnesses: list[Signing]
) -> None:
    stranger = Signing("stranger.example", witnesses[0].type)
    assert failing(cosigned(receipt, stranger), demanding(trust, 1)) is Step.COSIGNATURES
    line = cosign_note(parse_note(receipt.checkpoint).text, witnesses[0].key, 99, stranger.sign)
    forged = changed(receipt, checkpoint=add_signatures(receipt.checkpoint, [line]))
    assert failing(forged, trust) is Step.COSIGNATURES


def test_a_checkpoint_of_a_larger_tree_serves_with_its_own_proof(receipt: Receipt, trust: Trust, log: Log) -> None:
    log.grow([b"later"] * 300)
    later = log.receipt(RECORD, SALT, 7)
    assert verify_receipt(later, trust).size == 321
    assert failing(changed(later, proof=receipt.proof), trust) is Step.INCLUSION
    assert Checkpoint.parse(parse_note(later.checkpoint).text).size == 321


def test_receipts_checked_together_fail_at_the_step_at_which_each_fails_alone(
    receipt: Receipt, trust: Trust, log: Log, witnesses: list[Signing]
) -> None:
    other = Log()
    other.signing = Signing("other.example/core")
    other.grow([bytes(32)])
    strange = sign_checkpoint("other.example/core", log.frontier.head(), log.signing.key, log.signing.sign)
    unsigned = sign_checkpoint(ORIGIN, log.frontier.head(), other.signing.key, other.signing.sign)
    together = [
        receipt,
        changed(receipt, record=receipt.record.replace("市民", "県民")),
        changed(receipt, index=6),
        changed(receipt, proof=receipt.proof[:-1]),
        changed(receipt, checkpoint=strange),
        changed(receipt, checkpoint=unsigned),
        cosigned(receipt, witnesses[0]),
        changed(receipt, salt=b"short"),
        receipt,
    ]
    verifier = Verifier(trust)
    assert [step_of(partial(verifier.verify, one)) for one in together] == [
        step_of(partial(verify_receipt, one, trust)) for one in together
    ]
    assert [step_of(partial(verifier.verify, one)) for one in together] == [
        None,
        Step.INCLUSION,
        Step.INCLUSION,
        Step.INCLUSION,
        Step.ORIGIN,
        Step.LOG_SIGNATURE,
        None,
        Step.FORM,
        None,
    ]


def test_a_checkpoint_that_was_refused_once_is_refused_again(receipt: Receipt, trust: Trust) -> None:
    verifier = Verifier(demanding(trust, 1))
    for _ in range(2):
        assert step_of(lambda: verifier.verify(receipt)) is Step.COSIGNATURES


def step_of(check: Callable[[], object]) -> Step | None:
    try:
        check()
    except ReceiptError as error:
        return error.step
    return None


OUTCOME = OutcomeRecord(
    event="lapsed",
    inquiry="0" * 32,
    permit_index=7,
    at_ms=InstantMs(1),
    digest=None,
    non_disclosure=False,
    no_self_information=False,
)


def logged(log: Log, record: str) -> Receipt:
    log.grow([record_entry(SALT, record)])
    return log.receipt(record, SALT, log.frontier.size - 1)


def test_a_record_is_read_as_the_message_that_it_is(log: Log, trust: Trust) -> None:
    assert Verifier(trust).read(logged(log, encode(OUTCOME).decode()), OutcomeRecord) == OUTCOME


@pytest.mark.parametrize(
    "spelling",
    [
        lambda text: text.replace(":7,", ": 7,"),
        lambda text: text.replace('"permit_index":7', '"permit_index":6,"permit_index":7'),
        lambda text: text.replace("lapsed", "laps\\u0065d"),
        lambda text: text + " ",
    ],
)
def test_a_record_with_another_spelling_is_refused_at_entry_also_when_it_reads(
    log: Log, trust: Trust, spelling: Callable[[str], str]
) -> None:
    text = encode(OUTCOME).decode()
    receipt = logged(log, spelling(text))
    assert receipt.record != text
    assert decode(OutcomeRecord, receipt.record) == OUTCOME
    assert step_of(lambda: Verifier(trust).read(receipt, OutcomeRecord)) is Step.ENTRY


def test_a_proven_record_of_another_kind_is_no_proof_of_this_kind(receipt: Receipt, trust: Trust) -> None:
    with pytest.raises(RenkeiError) as caught:
        Verifier(trust).read(receipt, OutcomeRecord)
    assert caught.value.problem is Problem.BAD_RECEIPT
    assert caught.value.detail.startswith("record: ")
