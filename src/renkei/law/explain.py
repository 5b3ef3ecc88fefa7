"""A decision in words: what the law permits or why it refuses, and the nearest thing that it would have permitted."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from typing import Final

from renkei.law.ask import Search, holders, may_ask
from renkei.law.cite import cite
from renkei.law.decide import Question, decide
from renkei.law.held import not_held
from renkei.law.list import PermissionList
from renkei.law.names import Said, category_names, item_said, japanese_day, kind_names
from renkei.law.nearest import Difference, Near, nearest
from renkei.law.rows import Basis, Row, Table
from renkei.messages.law import Asked, Decided, NearRow, Verdict
from renkei.terms.refusals import Reason

_ONE_DAY: Final = timedelta(days=1)
_Why = Callable[[PermissionList, Question, Asked], Said]


def decided(permissions: PermissionList, asked: Asked, on: date) -> Decided:
    """Decide a question and say in both languages what was decided and why.

    Args:
        permissions: the list that applies on that day.
        asked: who asks whom, for which item and kind; ids that the list does not know are refused, not an error.
        on: the day in Japan.
    """
    question = question_of(asked, on)
    answer = decide(permissions, question)
    if isinstance(answer, Basis):
        said, near, reason = _permitted(permissions, answer, asked, on), [], None
    else:
        near, reason = nearest(permissions, question), answer.reason
        said = _with_nearest(permissions, _WHY[reason](permissions, question, asked), near)
        if all(Difference.INFORMATION in each.differs for each in near) and not_held(permissions, on) is None:
            said = _with_affairs(permissions, said, question, asked)
    return Decided(
        on=on.isoformat(),
        question=asked,
        decision=Verdict.REFUSED if reason else Verdict.PERMITTED,
        item=asked.item,
        article=answer.article if isinstance(answer, Basis) else None,
        list_version=permissions.version,
        reason=None if reason is None else reason.value,
        sentence_ja=said.ja,
        sentence_en=said.en,
        nearest=tuple(_near_row(permissions, each) for each in near),
    )


def question_of(asked: Asked, on: date) -> Question:
    """The question as `decide` takes it."""
    inquirer, provider = frozenset(asked.inquirer.categories), frozenset(asked.provider.categories)
    return Question(inquirer, provider, asked.item, asked.kind, on)


def days_said(rows: Iterable[Row]) -> Said:
    """When at least one of the rows is in force; adjoining stretches are one."""
    stretches: list[tuple[date, date]] = []
    for first, end in sorted((row.valid_from, row.valid_until or date.max) for row in rows):
        if stretches and first <= stretches[-1][1]:
            stretches[-1] = (stretches[-1][0], max(end, stretches[-1][1]))
        else:
            stretches.append((first, end))
    said = [_stretch(first, end) for first, end in stretches]
    return Said("、".join(each.ja for each in said), ", ".join(each.en for each in said))


def _stretch(first: date, end: date) -> Said:
    if end == date.max:
        return Said(f"{japanese_day(first)}以後", f"from {first} on")
    last = end - _ONE_DAY
    return Said(f"{japanese_day(first)}から{japanese_day(last)}まで", f"from {first} to {last}")


def _permitted(permissions: PermissionList, basis: Basis, asked: Asked, on: date) -> Said:
    affair, kind = permissions.affairs[basis.row.affair], kind_names(permissions, [basis.kind])
    place, one, other = cite(basis.row), asked.inquirer, asked.provider
    return Said(
        f"{one.ja}は、{japanese_day(on)}に、{affair.ja}の事務のために、{other.ja}に対し、{kind.ja}を照会できます"
        f"（{place.ja}）。",
        f"On {on}, {one.en} may ask {other.en} for {kind.en}, for this affair: {affair.en} ({place.en}).",
    )


def _no_such_item(permissions: PermissionList, question: Question, _: Asked) -> Said:
    table, item = Table.on(question.on), item_said(question.item, Table.ORDINANCE)
    unheld = not_held(permissions, question.on)
    if unheld is not None:
        return _refused(unheld)
    if table is Table.ANNEX_2:  # items that were deleted before the text that is held left no row
        return Said(
            f"照会できません。収録している別表第二に{item.ja}はありません。削除された項か、ない項です。",
            f"Refused: the Annex 2 that is held has no {item.en}: deleted, or never there.",
        )
    items = permissions.items(table)
    if not items:
        return _refused(Said(f"このリストの{table.value}に項はありません。", "this list has no item of that table."))
    first, last = item_said(items[0], Table.ORDINANCE), item_said(items[-1], Table.ORDINANCE)
    return Said(
        f"照会できません。{table.value}に{item.ja}はなく、これまでもありませんでした（{first.ja}から{last.ja}まで）。",
        f"Refused: the table has no {item.en} and never had (it goes from {first.en} to {last.en}).",
    )


def _not_in_force(permissions: PermissionList, question: Question, _: Asked) -> Said:
    unheld = not_held(permissions, question.on)
    if unheld is not None:
        return _refused(unheld)
    rows = permissions.rows_of(question.item, Table.on(question.on))
    exactly = [row for row in rows if _would_permit(row, question)]
    days, item = days_said(exactly or rows), _item(permissions, question)
    return Said(
        f"照会できません。{item.ja}のこの照会の根拠は{days.ja}のもので、{japanese_day(question.on)}には効力がありません。",
        f"Refused: for {item.en}, the basis of this inquiry is in force {days.en}, not on {question.on}.",
    )


def _refused(why: Said) -> Said:
    return Said(f"照会できません。{why.ja}", f"Refused: {why.en}")


def _not_for_inquirer(permissions: PermissionList, question: Question, asked: Asked) -> Said:
    may = category_names(permissions, (each for row in _in_force(permissions, question) for each in row.inquirers))
    item = _item(permissions, question)
    return Said(
        f"照会できません。{item.ja}で照会できるのは{may.ja}で、{asked.inquirer.ja}は定められていません。",
        f"Refused: under {item.en}, only these may ask: {may.en}; {asked.inquirer.en} is not among them.",
    )


def _not_that_information(permissions: PermissionList, question: Question, asked: Asked) -> Said:
    rows = [row for row in _in_force(permissions, question) if not row.inquirers.isdisjoint(question.inquirer)]
    kind, listed = (
        kind_names(permissions, [question.kind]),
        kind_names(permissions, (k for row in rows for k in row.kinds)),
    )
    item = _item(permissions, question)
    return Said(
        f"照会できません。{item.ja}で{asked.inquirer.ja}が照会できる情報は{listed.ja}で、{kind.ja}は含まれません。",
        f"Refused: under {item.en}, {asked.inquirer.en} may ask for {listed.en}, not for {kind.en}.",
    )


def _not_of_provider(permissions: PermissionList, question: Question, asked: Asked) -> Said:
    may, kind = category_names(permissions, holders(permissions, question)), kind_names(permissions, [question.kind])
    item = _item(permissions, question)
    return Said(
        f"照会できません。{item.ja}で{kind.ja}を提供するのは{may.ja}で、{asked.provider.ja}は定められていません。",
        f"Refused: under {item.en}, {kind.en} is provided by {may.en}, not by {asked.provider.en}.",
    )


_WHY: Final[Mapping[Reason, _Why]] = {
    Reason.NO_STATUTORY_BASIS: _no_such_item,
    Reason.RULE_NOT_IN_FORCE: _not_in_force,
    Reason.INQUIRER_NOT_LISTED: _not_for_inquirer,
    Reason.INFORMATION_NOT_LISTED: _not_that_information,
    Reason.PROVIDER_NOT_LISTED: _not_of_provider,
}
"""One sentence for each reason that `decide` gives."""
OF_THE_LIST: Final = frozenset(_WHY)
"""The reasons that the permission list itself gives; all others lie beside it."""


def _with_nearest(permissions: PermissionList, why: Said, near: list[Near]) -> Said:
    if not near:
        return why
    first = _near_said(permissions, near[0])
    return Said(f"{why.ja}近いもの: {first.ja}", f"{why.en} Nearest: {first.en}")


def _with_affairs(permissions: PermissionList, why: Said, question: Question, asked: Asked) -> Said:
    """For how many affairs the information may be asked: only the number, since the purpose is not ours to change."""
    rows = may_ask(permissions, Search(question.inquirer, question.on, kind=question.kind))
    number = len({row.affair.id for row in rows})
    if number == 0:
        return Said(
            f"{why.ja}この照会者がこの情報を照会できる事務はありません。",
            f"{why.en} No affair lets this inquirer ask for this information.",
        )
    command = f"renkei law may-ask --as {asked.inquirer.id} --kind {asked.kind} --on {question.on}"
    affairs = "1 affair" if number == 1 else f"{number} affairs"
    return Said(
        f"{why.ja}この照会者がこの情報を照会できる事務は{number}件あります（{command}）。",
        f"{why.en} For {affairs} this inquirer may ask for this information ({command}).",
    )


def _near_row(permissions: PermissionList, near: Near) -> NearRow:
    citation, said = cite(near.row), _near_said(permissions, near)
    return NearRow(
        item=near.row.item,
        article=near.row.article,
        kind=near.kind,
        providers=tuple(category for category in permissions.categories if category in near.row.providers),
        differs=tuple(difference.value for difference in Difference if difference in near.differs),
        citation_ja=citation.ja,
        citation_en=citation.en,
        sentence_ja=said.ja,
        sentence_en=said.en,
    )


def _near_said(permissions: PermissionList, near: Near) -> Said:
    """Only what would have to be otherwise: the rest stays as it was asked."""
    parts = [_if(permissions, near, difference) for difference in Difference if difference in near.differs]
    citation = cite(near.row)
    return Said(
        f"{'、'.join(part.ja for part in parts)}なら、照会できます（{citation.ja}）。",
        f"permitted if {' and '.join(part.en for part in parts)} ({citation.en}).",
    )


def _if(permissions: PermissionList, near: Near, difference: Difference) -> Said:
    row = near.row
    affair, item, days = permissions.affairs[row.affair], item_said(row.item, row.table), days_said([row])
    kind, providers = kind_names(permissions, [near.kind]), category_names(permissions, row.providers)
    return {
        Difference.DAY: Said(f"日が{days.ja}", f"the day is {days.en}"),
        Difference.ITEM: Said(f"事務が「{affair.ja}」（{item.ja}）", f"the affair is '{affair.en}' ({item.en})"),
        Difference.INFORMATION: Said(f"情報が{kind.ja}", f"the information is {kind.en}"),
        Difference.PROVIDER: Said(f"提供者が{providers.ja}", f"the provider is {providers.en}"),
    }[difference]


def _item(permissions: PermissionList, question: Question) -> Said:
    """The item with its affair on that day, or its latest one when it is not in force."""
    affair, table = permissions.affair_of(question.item, question.on), Table.on(question.on)
    if affair is None:
        affair = permissions.affairs[permissions.rows_of(question.item, table)[-1].affair]
    item = item_said(question.item, table)
    return Said(f"{item.ja}（{affair.ja}）", f"{item.en} ({affair.en})")


def _in_force(permissions: PermissionList, question: Question) -> list[Row]:
    return [row for row in permissions.in_force(question.on) if row.item == question.item]


def _would_permit(row: Row, question: Question) -> bool:
    return (
        question.kind in row.kinds
        and not row.inquirers.isdisjoint(question.inquirer)
        and not row.providers.isdisjoint(question.provider)
    )
