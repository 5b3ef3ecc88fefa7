"""How a row is cited, with and without branch numbers (枝番)."""

from dataclasses import replace

import pytest

from renkei.law.cite import cite
from renkei.law.list import PermissionList
from renkei.terms.affairs import ArticleNumber, ItemNumber

ROW = PermissionList.load().rows[0]


@pytest.mark.parametrize(
    ("item", "article", "ja", "en"),
    [
        ("48", "50", "番号法19条8号・提供命令2条の表48の項・50条", "item 48, and art. 50"),
        ("12-2", "14-2", "番号法19条8号・提供命令2条の表12の2の項・14条の2", "item 12-2, and art. 14-2"),
        ("5-2-3", "7-8-9", "番号法19条8号・提供命令2条の表5の2の3の項・7条の8の9", "item 5-2-3, and art. 7-8-9"),
    ],
)
def test_a_row_is_cited_by_act_item_and_detail_article(item: str, article: str, ja: str, en: str) -> None:
    citation = cite(replace(ROW, item=ItemNumber(item), article=ArticleNumber(article)))
    assert citation.ja == ja
    assert citation.en == f"Number Act art. 19(viii); Provision Ordinance art. 2 table, {en}"


@pytest.mark.parametrize(
    ("item", "ja", "en"),
    [
        ("48", "番号法19条8号・別表第二の48の項", "Number Act art. 19(viii), Annex 2, item 48"),
        ("85-2", "番号法19条8号・別表第二の85の2の項", "Number Act art. 19(viii), Annex 2, item 85-2"),
    ],
)
def test_a_row_of_annex_2_is_cited_without_article(item: str, ja: str, en: str) -> None:
    assert cite(replace(ROW, item=ItemNumber(item), article=None)) == (ja, en)
