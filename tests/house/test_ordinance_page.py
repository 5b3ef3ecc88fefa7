"""docs/law/ordinance-affairs.md: its file for `register` is one that the checks take."""

import re
import tomllib
from datetime import date

import msgspec

from renkei.law.list import PermissionList
from renkei.law.notified import check_affair
from renkei.messages.codec import decode
from renkei.messages.ordinance import OrdinanceNotices
from renkei.terms.affairs import Category
from tests.house.tree import page
from tests.unit.law.ordinances import affair


def test_the_file_of_the_page_can_be_registered() -> None:
    (source,) = re.findall(r"```toml\n(.*?)```", page("docs/law/ordinance-affairs.md"), re.DOTALL)
    notices = decode(OrdinanceNotices, msgspec.json.encode(tomllib.loads(source)))
    assert notices == OrdinanceNotices(affairs=(affair(),))
    mayor = frozenset({Category("municipal-mayor")})
    check_affair(notices.affairs[0], mayor, "141003", PermissionList.load(), date(2026, 11, 23))
