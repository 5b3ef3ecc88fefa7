"""The two permission lists of a simulated world: the shipped one, and another that applies from the midnight in it."""

import re
from functools import cache
from typing import Final

from renkei.law.decide import Question, Refused, decide
from renkei.law.editions import read_list, shipped_files
from renkei.law.list import PermissionList
from renkei.messages.receipt import InquiryRecord
from renkei.sandbox.bodies import BODIES
from renkei.terms.affairs import law_date

NEXT_DAY: Final = "2026-09-22"
_ROW: Final = re.compile(r"(?m)^(48\t4\t.*),resident-record\t")
_CATEGORIES: Final = {body.id: frozenset(body.categories) for body in BODIES}


def next_files() -> dict[str, str]:
    """The next list: item 48 does not let a mayor ask a mayor for resident records any more."""
    files = shipped_files()
    files["rows.tsv"], edits = _ROW.subn(r"\1\t", files["rows.tsv"])
    assert edits == 1, "the shipped facts have changed"
    return files


@cache
def _next() -> PermissionList:
    return read_list(next_files())


def unlawful(record: InquiryRecord) -> str | None:
    """Why the law of the day on which it was asked does not bear this permit; None where it does."""
    on = law_date(record.asked_at_ms)
    permissions = _next() if on.isoformat() >= NEXT_DAY else PermissionList.load()
    if record.list_version != permissions.version:
        return f"another list than that of {on}"
    question = Question(_CATEGORIES[record.inquirer], _CATEGORIES[record.provider], record.item, record.kind, on)
    found = decide(permissions, question)
    if isinstance(found, Refused):
        return f"refused by the list of {on}: {found.reason.value}"
    return None if found.article == record.article else f"another article than {found.article}"
