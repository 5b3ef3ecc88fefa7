"""A person's own records for 情報提供等記録開示システム (法23条, G14): found by record code, shown with proofs."""

from collections.abc import Sequence

from renkei.messages.directory import BodyEntry
from renkei.messages.records import DisclosedRecord, RecordsReplies, RecordsReply, RecordsRequest, RecordsRequests
from renkei.systems.core.ports import Work
from renkei.systems.core.rules.inquiry import MISUSE
from renkei.systems.core.rules.record import may_be_shown
from renkei.systems.core.service.desk import Desk
from renkei.systems.core.service.inquiries import Person, find_persons, read_codes
from renkei.terms.bodies import DISCLOSURE
from renkei.terms.codes import BodyCode
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem
from renkei.terms.refusals import Reason


async def disclose(desk: Desk, sender: BodyEntry, message: RecordsRequests) -> RecordsReplies:
    """The records of each person asked for; the disclosure system alone may ask, by its own codes.

    Raises:
        RenkeiError: WRONG_ROLE for another body, BAD_CODE for a code that was not issued to it: nobody's records are
            better than another's.
    """
    if sender.id != DISCLOSURE:
        raise RenkeiError(Problem.WRONG_ROLE, "records go to the disclosure system")
    codes = await read_codes(desk, sender.id, [asked.code.reveal() for asked in message.requests])
    persons = [person for person in find_persons(desk, sender.id, codes) if person is not None]
    issued = await desk.store.read(lambda work: work.issuance.issued(sender.id, [each.tag for each in persons]))
    epochs = [code.epoch for code in codes if isinstance(code, BodyCode)]
    known = [issued.get(person.tag) == epoch for person, epoch in zip(persons, epochs, strict=True)]
    if len(persons) != len(codes) or not all(known):
        await _count(desk, known.count(False))
        raise RenkeiError(Problem.BAD_CODE, "not issued to the disclosure system")
    asked = list(zip(message.requests, persons, strict=True))
    return RecordsReplies(replies=tuple(await desk.store.read(lambda work: _load(work, asked))))


def _load(work: Work, asked: Sequence[tuple[RecordsRequest, Person]]) -> list[RecordsReply]:
    return [_page(work, request, person) for request, person in asked]


def _page(work: Work, request: RecordsRequest, person: Person) -> RecordsReply:
    entries = work.records.of_person(person.record, request.before, request.limit + 1)
    shown = entries[: request.limit]
    if not all(may_be_shown(each, person.record) for each in shown):
        raise RenkeiError(Problem.BAD_STORE, "record: of another person, or marked")
    receipts = work.records.receipts(shown)
    return RecordsReply(
        request=request.request,
        records=tuple(DisclosedRecord(first=first, outcome=outcome) for first, outcome in receipts),
        older=shown[-1].sequence if len(entries) > len(shown) else None,
    )


async def _count(desk: Desk, signs: int) -> None:
    now = desk.now()
    assert Reason.UNKNOWN_CODE in MISUSE
    if signs:
        reason = Reason.UNKNOWN_CODE.value
        await desk.store.write("records-misuse", lambda work: work.sign_of_misuse(DISCLOSURE, reason, signs, now))
