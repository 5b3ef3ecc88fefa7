"""The inquirer's side: which permit is believed, which answer is taken (法19条8号, 令20条, 命令40条・46条)."""

from operator import attrgetter

import msgspec

from renkei.messages.fields import Outcome
from renkei.messages.inquiry import InquiryReply, InquiryRequest
from renkei.messages.line import Inquiry, InquiryState
from renkei.messages.provision import Answer
from renkei.messages.receipt import InquiryRecord, Receipt
from renkei.systems.intermediate.rules.commitments import INQUIRER, content_digest, opens_code
from renkei.systems.intermediate.rules.kept import KeptInquiry
from renkei.systems.intermediate.states import ANSWERED, FINAL_INQUIRY, INQUIRY, InquiryEvent, after
from renkei.terms.affairs import InstantMs
from renkei.terms.bodies import AddresseeNumber, BodyId
from renkei.terms.codes import BodyCode
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem
from renkei.terms.refusals import Reason
from renkei.terms.secrets import SecretText
from renkei.translog.receipt import Verifier

_REASONS = frozenset(reason.value for reason in Reason)


def asked(
    inquiry: Inquiry, inquiry_id: str, code: SecretText, addressee: AddresseeNumber | None, now: InstantMs
) -> KeptInquiry:
    """An inquiry as it is kept from now on (命令40条2項: what an inquiry says)."""
    return KeptInquiry(
        inquiry=inquiry_id,
        request=inquiry.request,
        addressee=addressee,
        code=code,
        provider=inquiry.provider,
        item=inquiry.item,
        kind=inquiry.kind,
        items=inquiry.items,
        period=inquiry.period,
        unit=inquiry.unit,
        asked_at_ms=now,
        respond_within_ms=inquiry.respond_within_ms,
        non_disclosure=inquiry.non_disclosure,
        no_self_information=inquiry.no_self_information,
        consent=inquiry.consent,
    )


def request_of(kept: KeptInquiry) -> InquiryRequest:
    """What goes to the core; the same kept inquiry always gives the same request."""
    assert kept.code is not None, "only undecided inquiries are sent"
    return InquiryRequest(
        inquiry=kept.inquiry,
        code=kept.code,
        provider=kept.provider,
        item=kept.item,
        kind=kept.kind,
        items=kept.items,
        period=kept.period,
        unit=kept.unit,
        asked_at_ms=kept.asked_at_ms,
        respond_within_ms=kept.respond_within_ms,
        non_disclosure=kept.non_disclosure,
        no_self_information=kept.no_self_information,
        consent=kept.consent,
    )


def decided(kept: KeptInquiry, reply: InquiryReply, own: BodyId, verifier: Verifier) -> KeptInquiry:
    """The inquiry after the core's reply.

    A reply that is a problem means that the core will never take the inquiry: it ends as refused, without a record.
    Not so DATED_AHEAD, which is not for here: it stays asked.

    Raises:
        RenkeiError: BAD_RECEIPT or OTHER_LOG where the receipt does not prove that the core recorded just this
            inquiry; nothing is then believed, and the inquiry stays asked.
    """
    if reply.problem is not None:
        return _refused(kept, reply.problem)
    receipt = _present(reply.receipt)
    record = verifier.read(receipt, InquiryRecord)
    _demand(_says_what_was_asked(record, kept, own), "not what was asked")
    decided_at = msgspec.structs.replace(
        kept, code=None, article=record.article, list_version=record.list_version, index=receipt.index
    )
    if record.event == "refused":
        _demand(record.reason in _REASONS, "reason")
        return _refused(decided_at, record.reason or "")
    _demand(record.article is not None and record.valid_until_ms is not None, "a permit without article or validity")
    _demand(_opens_own(kept, record, reply, own), "the commitment to the own code")
    return msgspec.structs.replace(
        decided_at,
        state=after(INQUIRY, kept.state, InquiryEvent.PERMIT),
        valid_until_ms=record.valid_until_ms,
        code_salt=reply.code_salt,
    )


def _present(receipt: Receipt | None) -> Receipt:
    if receipt is None:
        raise RenkeiError(Problem.BAD_RECEIPT, "missing")
    return receipt


def _says_what_was_asked(record: InquiryRecord, kept: KeptInquiry, own: BodyId) -> bool:
    return record.inquirer == own and _SAME(record) == _SAME(kept)


_SAME = attrgetter(
    "inquiry",
    "provider",
    "item",
    "kind",
    "items",
    "period",
    "unit",
    "asked_at_ms",
    "non_disclosure",
    "no_self_information",
    "consent",
)
"""Fields that the record must repeat from the inquiry (法23条1項, 命令47条1項)."""


def _opens_own(kept: KeptInquiry, record: InquiryRecord, reply: InquiryReply, own: BodyId) -> bool:
    assert kept.code is not None
    try:
        code = BodyCode.parse(kept.code.reveal(), own)
    except RenkeiError:
        return False  # the core must not permit what was asked with a code of another body
    return opens_code(INQUIRER, record.inquirer_code, reply.code_salt, code)


def _refused(kept: KeptInquiry, reason: str) -> KeptInquiry:
    state = after(INQUIRY, kept.state, InquiryEvent.REFUSE)
    return msgspec.structs.replace(kept, code=None, state=state, reason=reason)


def _demand(holds: object, detail: str) -> None:
    if not holds:
        raise RenkeiError(Problem.BAD_RECEIPT, detail)


def answered(kept: KeptInquiry, answer: Answer, sender: BodyId) -> KeptInquiry | None:
    """The inquiry after an answer; None where the answer was taken before and changes nothing.

    Raises:
        RenkeiError: UNKNOWN_INQUIRY (not the provider's to answer), WRONG_STATE (no move, too late, or another end
            than before), BAD_RECEIPT (another permit, a digest that does not open, items that were not asked).
    """
    if sender != kept.provider:
        raise RenkeiError(Problem.UNKNOWN_INQUIRY, "another provider's")
    if kept.index is not None and answer.permit_index != kept.index:
        raise RenkeiError(Problem.BAD_RECEIPT, "another permit")
    if _taken(kept, answer):
        return None
    state = after(INQUIRY, kept.state, ANSWERED[answer.outcome])
    if answer.outcome is Outcome.PROVIDED:
        _check_content(kept, answer)
    else:
        _demand((answer.content, answer.content_salt, answer.digest) == (None, None, None), "content with no provision")
    return msgspec.structs.replace(
        kept,
        state=state,
        ended_at_ms=None if state is InquiryState.HELD else answer.at_ms,
        digest=answer.digest,
        non_disclosure=kept.non_disclosure or answer.non_disclosure,
        no_self_information=kept.no_self_information or answer.no_self_information,
    )


def _taken(kept: KeptInquiry, answer: Answer) -> bool:
    """The same answer again, or a `held` that the final answer has overtaken."""
    if answer.outcome is Outcome.HELD:
        return kept.state in FINAL_INQUIRY - {InquiryState.REFUSED} or kept.state is InquiryState.HELD
    same = (kept.state.value, kept.ended_at_ms, kept.digest) == (answer.outcome.value, answer.at_ms, answer.digest)
    return same and kept.state in FINAL_INQUIRY


def _check_content(kept: KeptInquiry, answer: Answer) -> None:
    # 命令46条2項, 41条3項: the provider provides within the notice's validity; afterwards the notice has no force.
    if kept.valid_until_ms is not None and answer.at_ms > kept.valid_until_ms:
        raise RenkeiError(Problem.WRONG_STATE, "after the notice's validity")
    _demand(answer.content, "no content")
    assert answer.content is not None
    _demand(answer.content.keys() <= set(kept.items), "items that were not asked")
    _demand(answer.content_salt is not None and answer.digest is not None, "no digest")
    assert answer.content_salt is not None
    _demand(content_digest(answer.content_salt, answer.content) == answer.digest, "the digest does not open")
