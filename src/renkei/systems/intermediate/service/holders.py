"""holders: which bodies hold a code for a person (命令40条3項・4項): asked of the core, nothing is kept."""

from collections.abc import Sequence

from renkei.messages.envelope import Label
from renkei.messages.inquiry import HolderQuestion, HolderQuestions, HolderReplies, HolderReply
from renkei.messages.line import Holder, HolderAnswer, HolderAnswers, Holders
from renkei.systems.intermediate.ports import Rows
from renkei.systems.intermediate.service.cabinet import Cabinet
from renkei.systems.intermediate.service.codes import code_of
from renkei.systems.intermediate.service.envelopes import Ask, exchange
from renkei.systems.intermediate.service.office import Office
from renkei.terms.bodies import CORE, BodyId
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem


async def holders(office: Office, body: BodyId, message: Holders) -> HolderAnswers:
    """One answer per question; UNREACHABLE for the whole message while the core is."""
    cabinet = office.cabinet(body)
    asked = await office.store.read(lambda rows: [_question(office, cabinet, rows, each) for each in message.questions])
    questions = tuple(each for each in asked if isinstance(each, HolderQuestion))
    replies: dict[str, HolderReply] = {}
    if questions:
        replies = {each.question: each for each in await _ask(office, body, HolderQuestions(questions=questions))}
    pairs = zip(message.questions, asked, strict=True)
    return HolderAnswers(answers=tuple(_answer(holder, question, replies) for holder, question in pairs))


async def _ask(office: Office, body: BodyId, message: HolderQuestions) -> Sequence[HolderReply]:
    ask = Ask(Label.HOLDERS, message, Label.HOLDER_REPLIES, HolderReplies)
    try:
        return (await exchange(office, body, CORE, ask)).replies
    except RenkeiError as error:
        if error.problem in {Problem.UNREACHABLE, Problem.BUSY}:
            raise
        # Between the network and us; a line system that was told of it would look for the fault in its own message.
        office.loud("holders-refused", error, body, "")
        raise RenkeiError(Problem.UNREACHABLE, "the network refused") from None


def _question(office: Office, cabinet: Cabinet, rows: Rows, holder: Holder) -> HolderQuestion | Problem:
    try:
        code = code_of(cabinet, rows, holder.addressee)
    except RenkeiError as error:
        return error.problem
    return HolderQuestion(question=office.new_id(), code=code, item=holder.item, kind=holder.kind)


def _answer(holder: Holder, asked: HolderQuestion | Problem, replies: dict[str, HolderReply]) -> HolderAnswer:
    if isinstance(asked, Problem):
        return HolderAnswer(addressee=holder.addressee, problem=asked.value)
    reply = replies.get(asked.question)
    if reply is None:
        raise RenkeiError(Problem.UNREACHABLE, "the core left a question out")
    return HolderAnswer(addressee=holder.addressee, providers=reply.providers, problem=reply.refusal)
