"""How a row is cited to people: 番号法19条8号・提供命令2条の表48の項・50条, or 番号法19条8号・別表第二の48の項."""

from typing import NamedTuple

from renkei.law.rows import Row


class Citation(NamedTuple):
    """The same place of the law in Japanese and English."""

    ja: str
    en: str


def cite(row: Row) -> Citation:
    """The Act's provision, the row's item in its table, and the detail article where there is one."""
    item = row.item.replace("-", "の")
    if row.article is None:
        return Citation(f"番号法19条8号・別表第二の{item}の項", f"Number Act art. 19(viii), Annex 2, item {row.item}")
    article, *branches = row.article.split("-")
    return Citation(
        f"番号法19条8号・提供命令2条の表{item}の項・{'の'.join([f'{article}条', *branches])}",
        f"Number Act art. 19(viii); Provision Ordinance art. 2 table, item {row.item}, and art. {row.article}",
    )
