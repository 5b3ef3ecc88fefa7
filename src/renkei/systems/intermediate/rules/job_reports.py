"""A job's results as CSV (RFC 4180): the same facts as in JSON Lines, but the receipt."""

import csv
import io
import json
from collections.abc import Sequence
from typing import Final

from renkei.messages.jobs import JobResult
from renkei.systems.intermediate.rules.jobs import with_period

COLUMNS: Final = (
    "sequence", "row", "line", "outcome", "attempts", "addressee", "provider", "kind", "period_first", "period_last",
    "field", "problem", "reason_ja", "reason_en", "next_ja", "next_en", "as_of", "changed_at_ms", "age_days", "inquiry",
    "article", "provided_at_ms", "content",
)  # fmt: skip


def csv_head() -> bytes:
    """The head line."""
    return _line(COLUMNS)


def csv_line(each: JobResult) -> bytes:
    """One result; `content` is a JSON object in one cell."""
    result = each.result
    content = {} if result is None or result.content is None else result.content
    values = {name: value.reveal() for name, value in content.items()}
    cells = (
        each.sequence, each.row, each.line, each.outcome.value, each.attempts, each.addressee, each.provider, each.kind,
        *with_period(each.period), each.field, each.problem, each.reason_ja, each.reason_en, each.next_ja, each.next_en,
        each.as_of, each.changed_at_ms, each.age_days, result and result.inquiry, result and result.article,
        result and result.provided_at_ms, json.dumps(values, ensure_ascii=False) if values else None,
    )  # fmt: skip
    return _line(cells)


def _line(cells: Sequence[object]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow(["" if cell is None else cell for cell in cells])
    return text.getvalue().encode()
