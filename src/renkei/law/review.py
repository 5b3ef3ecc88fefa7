"""A decision that somebody holds, decided again: does it agree with the law (`renkei law explain`)?"""

from itertools import islice
from typing import Final

from msgspec import structs

from renkei.law.claims import Claim, Resolve, claims
from renkei.law.decide import Refused, decide
from renkei.law.detailed import detailed
from renkei.law.details import Details
from renkei.law.editions import Editions
from renkei.law.explain import OF_THE_LIST, days_said, decided, question_of
from renkei.law.list import PermissionList
from renkei.law.names import Said, article_said, category_names, item_said, kind_names, law_row
from renkei.law.rows import Basis, Row, Table
from renkei.messages.law import Explanation, Explanations, Verdict
from renkei.terms.affairs import is_ordinance_affair
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem
from renkei.terms.refusals import SENTENCES, Reason

_BEFORE_THE_LIST: Final = frozenset({Reason.INQUIRER_NOT_CONNECTED, Reason.PROVIDER_NOT_CONNECTED, Reason.PIA_BREACH})
"""Found by the core before it looks at the list, so they say nothing about what the list permits."""
_NOT_OF_THE_LIST: Final = Said(
    "この判断は照会許可照合リストだけでは決まらないため、ここでは確かめていません。",
    "The permission list alone does not decide this, so it was not checked here.",
)
_PROOF: Final = Said(
    "記録の証明は、ここでは確かめていません。renkei verify で確かめられます。",
    "The proof of the record was not checked here; `renkei verify` checks it.",
)
_WORDS: Final = {
    "question": Said("項", "item"),
    "decision": Said("許可・不許可", "decision"),
    "article": Said("条", "article"),
    "reason": Said("理由", "reason"),
}


def explanations(
    text: bytes, resolve: Resolve, editions: Editions, details: Details, most: int | None = None
) -> Explanations:
    """Decide every decision of a document again, by the list of its own version; where that is not held, by another.

    Args:
        text: as `claims` reads it.
        resolve: bodies by their ids.
        editions: the lists that are held; for a version that is not, the one that applies on the day of the decision.
        details: what the detail articles say under the rows.
        most: so many decisions, and none is decided again where there are more; None: any number.

    Raises:
        RenkeiError: as `claims`; WRONG_TYPE for a document without any decision; TOO_MANY.
    """
    given = list(islice(claims(text, resolve), None if most is None else most + 1))
    if not given:
        raise RenkeiError(Problem.WRONG_TYPE, "$: no decision in it")
    if most is not None and len(given) > most:
        raise RenkeiError(Problem.TOO_MANY, f"$: at most {most} decisions")
    found = tuple(_explained(claim, editions, details) for claim in given)
    return Explanations(agrees=all(each.agrees is not False for each in found), decisions=found)


def _explained(claim: Claim, editions: Editions, details: Details) -> Explanation:
    own = None if claim.version is None else editions.of(claim.version)
    permissions = own or editions.at(claim.on) or editions.newest()
    if is_ordinance_affair(claim.asked.item) or claim.reason in _BEFORE_THE_LIST:
        said = [_given(permissions, claim), *_beside_the_list(claim), _NOT_OF_THE_LIST, *_of_receipt(claim)]
        return _told(claim, permissions, said)
    answer = decide(permissions, question_of(claim.asked, claim.on))
    row = answer.row if isinstance(answer, Basis) else None
    now, differs = decided(permissions, claim.asked, claim.on), _differences(claim, answer)
    said = [
        _given(permissions, claim),
        Said(now.sentence_ja, now.sentence_en),
        *([] if row is None else [_row(permissions, row)]),
        *_beside_the_list(claim),
        _agreement(differs),
        *([] if claim.version in {None, permissions.version} else [_other_version(claim, permissions)]),
        *_of_receipt(claim),
    ]
    return structs.replace(
        _told(claim, permissions, said),
        decision=now.decision,
        reason=now.reason,
        row=None if row is None else law_row(permissions, row),
        details=() if row is None else detailed(details, row, claim.asked.kind, claim.on),
        agrees=not differs,
        differs=differs,
    )


def _told(claim: Claim, permissions: PermissionList, said: list[Said]) -> Explanation:
    """What was given, not judged."""
    return Explanation(
        on=claim.on.isoformat(),
        question=claim.asked,
        given=claim.decision,
        given_article=claim.article,
        given_reason=None if claim.reason is None else claim.reason.value,
        given_version=claim.version,
        decision=None,
        reason=None,
        list_version=permissions.version,
        row=None,
        details=(),
        agrees=None,
        differs=(),
        sentences_ja=tuple(each.ja for each in said),
        sentences_en=tuple(each.en for each in said),
    )


def _differences(claim: Claim, answer: Basis | Refused) -> tuple[str, ...]:
    """In what the given decision is not what the law says; reasons that the list does not give are no difference."""
    wrong = {
        "question": not claim.coherent,
        "decision": not _same_decision(claim, answer),
        "article": isinstance(answer, Basis)
        and claim.decision is Verdict.PERMITTED
        and claim.article != answer.article,
        "reason": isinstance(answer, Refused) and claim.reason in OF_THE_LIST and claim.reason is not answer.reason,
    }
    return tuple(name for name, is_so in wrong.items() if is_so)


def _same_decision(claim: Claim, answer: Basis | Refused) -> bool:
    if claim.decision is Verdict.PERMITTED:
        return claim.reason is None and isinstance(answer, Basis)
    # The core looks at the list before it gives any other reason, so what it refused for another was permitted by it.
    by_the_list = claim.reason is None or claim.reason in OF_THE_LIST
    return isinstance(answer, Refused) == by_the_list


def _given(permissions: PermissionList, claim: Claim) -> Said:
    asked, kind = claim.asked, kind_names(permissions, [claim.asked.kind])
    item, permitted = item_said(asked.item, Table.on(claim.on)), claim.decision is Verdict.PERMITTED
    article = None if claim.article is None else article_said(claim.article)
    return Said(
        f"示された判断: {claim.on} {asked.inquirer.ja} → {asked.provider.ja}、{item.ja}、{kind.ja}: "
        f"{'許可' if permitted else '不許可'}{f'（{article.ja}）' if article else ''}",
        f"Given: {claim.on} {asked.inquirer.en} → {asked.provider.en}, {item.en}, {kind.en}: "
        f"{claim.decision.value}{f' ({article.en})' if article else ''}",
    )


def _row(permissions: PermissionList, row: Row) -> Said:
    """All parts of the row: who, of whom, what, since when and until when."""
    one = category_names(permissions, row.inquirers, few=False)
    other = category_names(permissions, row.providers, few=False)
    kinds, days = kind_names(permissions, row.kinds, few=False), days_said([row])
    return Said(
        f"根拠の行: 照会できる者は{one.ja}。提供する者は{other.ja}。情報は{kinds.ja}。期間は{days.ja}。",
        f"The row: may ask: {one.en}. Provide: {other.en}. Information: {kinds.en}. In force {days.en}.",
    )


def _beside_the_list(claim: Claim) -> list[Said]:
    """A refusal for a reason that the list does not give: told, with its own sentence."""
    if claim.reason is None or claim.reason in OF_THE_LIST:
        return []
    sentence = SENTENCES[claim.reason]
    return [
        Said(
            f"不許可の理由は照会許可照合リスト以外にあります: {sentence.ja}",
            f"It was refused for a reason beside the permission list: {sentence.en}",
        )
    ]


def _agreement(differs: tuple[str, ...]) -> Said:
    if not differs:
        return Said("示された判断は、法令のリストと一致します。", "The given decision agrees with the law.")
    words = [_WORDS[name] for name in differs]
    return Said(
        f"示された判断は、法令のリストと一致しません: {'、'.join(word.ja for word in words)}。",
        f"The given decision does not agree with the law: {', '.join(word.en for word in words)}.",
    )


def _of_receipt(claim: Claim) -> list[Said]:
    return [_PROOF] if claim.in_receipt else []


def _other_version(claim: Claim, permissions: PermissionList) -> Said:
    given, used = (claim.version or "")[:16], permissions.version[:16]
    return Said(
        f"示された判断はリストの別の版 {given}… によるもので、ここにはありません。版 {used}… で確かめました。",
        f"It was decided by another version of the list, {given}…, which is not held here; checked by {used}….",
    )
