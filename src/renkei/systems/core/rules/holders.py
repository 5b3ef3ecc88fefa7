"""Which providers may be named to an inquirer for one question (命令40条3項・4項, 令26条6項)."""

from collections.abc import Iterable
from datetime import date

from renkei.law.bodies import decide_for_bodies
from renkei.law.decide import Question, Refused, decide
from renkei.law.list import PermissionList
from renkei.law.rows import Basis
from renkei.messages.directory import BodyEntry
from renkei.messages.inquiry import HolderQuestion
from renkei.systems.core.rules.inquiry import ForeignCode, ReadCode
from renkei.systems.core.rules.register import Register, connected
from renkei.terms.affairs import Category, is_ordinance_affair
from renkei.terms.bodies import BodyId, PiaState
from renkei.terms.refusals import Reason

_ORDER = {reason: place for place, reason in enumerate(Reason)}


def refusal(inquirer: BodyEntry, code: ReadCode, *, known: bool) -> Reason | None:
    """Why nobody may be named, before the law is asked; the same order as for an inquiry."""
    if not connected(inquirer):
        return Reason.INQUIRER_NOT_CONNECTED
    if inquirer.pia is PiaState.BREACH:
        return Reason.PIA_BREACH
    if isinstance(code, ForeignCode):
        return Reason.CODE_OF_ANOTHER_BODY
    return None if known else Reason.UNKNOWN_CODE


def permitted(
    question: HolderQuestion, inquirer: BodyId, register: Register, permissions: PermissionList, on: date
) -> list[BodyId] | Reason:
    """Bodies that the law lets this inquirer ask, or the reason of the one that comes nearest to it."""
    if is_ordinance_affair(question.item):
        return _permitted_by_ordinance(question, inquirer, register, permissions, on)
    verdicts: dict[frozenset[Category], Basis | Refused] = {}
    for categories in {register.categories(entry.id) for entry in _askable(inquirer, register)} or {frozenset()}:
        asked = Question(register.categories(inquirer), categories, question.item, question.kind, on)
        verdicts[categories] = decide(permissions, asked)
    refused = [verdict.reason for verdict in verdicts.values() if isinstance(verdict, Refused)]
    if len(refused) == len(verdicts):
        return max(refused, key=_ORDER.__getitem__)
    return [
        entry.id for entry in _askable(inquirer, register) if isinstance(verdicts[register.categories(entry.id)], Basis)
    ]


def _permitted_by_ordinance(
    question: HolderQuestion, inquirer: BodyId, register: Register, permissions: PermissionList, on: date
) -> list[BodyId] | Reason:
    """法19条9号. Consent is for the inquiry itself."""
    asked = Question(frozenset(), frozenset(), question.item, question.kind, on)
    providers = {entry.id: register.categories(entry.id) for entry in _askable(inquirer, register)}
    verdicts = decide_for_bodies(permissions, register.ordinances, asked, inquirer, providers)
    refused = [verdict.reason for verdict in verdicts.values() if isinstance(verdict, Refused)]
    if len(refused) == len(verdicts):
        return max(refused, key=_ORDER.__getitem__, default=Reason.PROVIDER_NOT_CONNECTED)
    return [body for body, verdict in verdicts.items() if not isinstance(verdict, Refused)]


def _askable(inquirer: BodyId, register: Register) -> Iterable[BodyEntry]:
    return (
        entry
        for entry in register.bodies
        if entry.id != inquirer and connected(entry) and entry.pia is PiaState.IN_ORDER
    )
