"""`procedures.tsv` and `details.tsv` as dated facts, and back, byte for byte."""

import re
from collections.abc import Iterable
from typing import Any, Final

from renkei.law.compiler.numbering import label_span
from renkei.law.dated import Dated
from renkei.law.detail_facts import HEADERS, Detail, Key, Procedure
from renkei.law.rows import item_order
from renkei.terms.affairs import item_number

_LABEL: Final = re.compile(r"[イ-ン]|（[^（）]+）|[^イ-ン（）]+")
Order = tuple[tuple[int, ...], ...]


def written_procedures(rows: Iterable[Dated[Procedure]]) -> bytes:
    """The file's bytes: by article, paragraph and 号, then oldest first."""
    return _written("procedures.tsv", ((_order(each.sense.key), each, _procedure(each.sense)) for each in rows))


def written_details(rows: Iterable[Dated[Detail]]) -> bytes:
    """The file's bytes: by article, paragraph, 号 and place below it, then oldest first."""
    return _written(
        "details.tsv", ((_order(each.sense.key) + _sub(each.sense.sub), each, _detail(each.sense)) for each in rows)
    )


def _written(name: str, rows: Iterable[tuple[Order, Dated[Any], list[str]]]) -> bytes:
    lines = ["\t".join(HEADERS[name])]
    for _, row, cells in sorted(rows, key=lambda each: (each[0], each[1].start, each[2])):
        until = "" if row.until is None else row.until.isoformat()
        lines.append("\t".join([*cells, row.start.isoformat(), until]))
    return ("\n".join(lines) + "\n").encode()


def _order(key: Key) -> Order:
    article, paragraph, number = key
    return (item_order(item_number(article)), (paragraph,), item_order(item_number(number)) if number else ())


def _sub(sub: str) -> Order:
    """`イ（１）` by what its labels count, so that ロ stands after イ and 十 after 九."""
    return tuple(item_order(item_number(label_span(label)[1])) for label in _LABEL.findall(sub))


def _procedure(sense: Procedure) -> list[str]:
    lists = [",".join(sense.cites), ",".join(sense.acts)]
    return [sense.item, sense.article, str(sense.paragraph), sense.number, *lists]


def _detail(sense: Detail) -> list[str]:
    lists = [",".join(sense.persons), ",".join(sense.particulars)]
    return [sense.article, str(sense.paragraph), sense.number, sense.sub, sense.via, *lists]
