"""Which providers hold a code for the person (命令40条3項・4項)."""

from collections import Counter
from collections.abc import Sequence

from renkei.messages.directory import BodyEntry
from renkei.messages.inquiry import HolderQuestion, HolderQuestions, HolderReplies, HolderReply
from renkei.systems.core.ports import Work
from renkei.systems.core.rules import holders as rules
from renkei.systems.core.rules.inquiry import MISUSE, ReadCode, Typo
from renkei.systems.core.service.desk import Desk
from renkei.systems.core.service.inquiries import Person, find_persons, read_codes
from renkei.terms.affairs import InstantMs, law_date
from renkei.terms.bodies import BodyId
from renkei.terms.codes import BodyCode
from renkei.terms.problems import Problem
from renkei.terms.refusals import Reason

_One = tuple[HolderQuestion, ReadCode, Person | None]


async def holders(desk: Desk, sender: BodyEntry, message: HolderQuestions) -> HolderReplies:
    """Answer each question of a message; foreign and unknown codes count as signs of misuse here too."""
    now = desk.now()
    codes = await read_codes(desk, sender.id, [asked.code.reveal() for asked in message.questions])
    persons = find_persons(desk, sender.id, codes)
    asked = list(zip(message.questions, codes, persons, strict=True))
    replies = await desk.store.read(lambda work: [_answer(desk, work, sender, one, now) for one in asked])
    await _count(desk, sender.id, replies, now)
    return HolderReplies(replies=tuple(replies))


def _answer(desk: Desk, work: Work, sender: BodyEntry, one: _One, now: InstantMs) -> HolderReply:
    asked, code, person = one
    if isinstance(code, Typo):
        return HolderReply(question=asked.question, refusal=Problem.BAD_CODE.value)
    issued = work.issuance.issued(sender.id, [person.tag]) if person else {}
    known = person is not None and isinstance(code, BodyCode) and issued.get(person.tag) == code.epoch
    reason = rules.refusal(sender, code, known=known)
    if reason is not None or person is None:
        return _refuse(asked, reason or Reason.UNKNOWN_CODE)
    on = law_date(now)
    found = rules.permitted(asked, sender.id, desk.register, desk.list_at(on), on)
    if isinstance(found, Reason):
        return _refuse(asked, found)
    return HolderReply(question=asked.question, providers=tuple(work.issuance.holders(person.tag, found)))


def _refuse(asked: HolderQuestion, reason: Reason) -> HolderReply:
    return HolderReply(question=asked.question, refusal=reason.value)


async def _count(desk: Desk, sender: BodyId, replies: Sequence[HolderReply], now: InstantMs) -> None:
    misuse = {reason.value for reason in MISUSE}
    signs = Counter(reply.refusal for reply in replies if reply.refusal is not None and reply.refusal in misuse)
    if signs:
        await desk.store.write("holders-misuse", lambda work: _sign(work, sender, signs, now))


def _sign(work: Work, sender: BodyId, signs: Counter[str], now: InstantMs) -> None:
    for reason, by in signs.items():
        work.sign_of_misuse(sender, reason, by, now)
