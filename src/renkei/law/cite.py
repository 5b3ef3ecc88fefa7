"""How a row is cited to people: 番号法19条8号・提供命令2条の表48の項・50条."""

from typing import NamedTuple

from renkei.law.rows import Row


class Citation(NamedTuple):
    """The same place of the law in Japanese and English."""

    ja: str
    en: str


def cite(row: Row) -> Citation:
    """The Act's provision, the row's item in the table of art. 2, and its detail article."""
    item, article = row.item.split("-"), row.article.split("-")
    return Citation(
        f"番号法19条8号・提供命令2条の表{'の'.join(item)}の項・{'の'.join([f'{article[0]}条', *article[1:]])}",
        f"Number Act art. 19(viii); Provision Ordinance art. 2 table, item {row.item}, and art. {row.article}",
    )
