"""holders: which bodies hold a code for a person (命令40条3項・4項): asked of the core, nothing is kept."""

from collections.abc import Sequence

from renkei.messages.envelope import Label
from renkei.messages.inquiry import HolderQuestion, HolderQuestions, HolderReplies, HolderReply
from renkei.messages.line import Holder, HolderAnswer, HolderAnswers, Holders
from renkei.systems.intermediate.service.codes import codes_of
from renkei.systems.intermediate.service.envelopes import Ask, exchange
from renkei.systems.intermediate.service.office import Office
from renkei.terms.bodies import CORE, BodyId
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem
from renkei.terms.secrets import SecretText


async def holders(office: Office, body: BodyId, message: Holders) -> HolderAnswers:
    """One answer per question; UNREACHABLE for the whole message while the core is."""
    cabinet = office.cabinet(body)
    persons = [each.addressee for each in message.questions]
    codes = await office.store.read(lambda rows: codes_of(cabinet, rows, persons))
    asked = [_question(office, each, codes.get(each.addressee)) for each in message.questions]
    questions = tuple(each for each in asked if each is not None)
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


def _question(office: Office, holder: Holder, code: SecretText | None) -> HolderQuestion | None:
    if code is None:
        return None
    return HolderQuestion(question=office.new_id(), code=code, item=holder.item, kind=holder.kind)


def _answer(holder: Holder, asked: HolderQuestion | None, replies: dict[str, HolderReply]) -> HolderAnswer:
    if asked is None:
        return HolderAnswer(addressee=holder.addressee, problem=Problem.NO_CODE_YET.value)
    reply = replies.get(asked.question)
    if reply is None:
        raise RenkeiError(Problem.UNREACHABLE, "the core left a question out")
    return HolderAnswer(addressee=holder.addressee, providers=reply.providers, problem=reply.refusal)
