"""A law in the shape of 提供命令 with four items, our own words throughout: what the tests of the readers damage."""

from dataclasses import replace

from renkei.law.compiler.details import details
from renkei.law.compiler.raw import RawDetail, RawRow, Unread
from renkei.law.compiler.table import permission_rows
from renkei.law.compiler.text import read

HEAD = """---
title: "試験のための命令"
law_num: "令和六年デジタル庁・総務省令第九号"
enforced_at: "2030-04-01"
---

"""
TABLE = """| 情報照会者 | 特定個人番号利用事務 | 情報提供者 | 利用特定個人情報 |
| --- | --- | --- | --- |
| 一　甲の長 | 甲税に関する事務であって次条で定めるもの | 乙の長 | 乙関係情報であって次条で定めるもの |
|  | 丙の長（丁を含む。） | 丙関係情報であって次条で定めるもの |  |
|  |  | 戊の長 | 戊関係情報であって次条で定めるもの |
| 二　己の長 | 己の給付（第四条において同じ。）に関する事務であって同条で定めるもの | 乙の長 | 乙関係情報であって第四条で定めるもの |
|  |  |  |  |
| 丙の長 | 丙関係情報であって第四条で定めるもの |  |  |
| 三　削除 |  |  |  |
| 三の二　庚の長 | 庚の手当に関する事務であって第五条の二で定めるもの | 戊の長 | 戊関係情報であって第五条の二で定めるもの |
"""
BY_AFFAIR = "次の各号に掲げる事務とし、同項で定める情報は、当該各号に掲げる事務の区分に応じ当該各号に定める情報とする。"
DETAILS = f"""**第三条**　前条の表一の項で定める事務は、{BY_AFFAIR}

- 一　甲税の賦課に関する事務納税者に係る次に掲げる情報
  - イ　乙関係情報
  - ロ　丙関係情報（丁に係るものを除く。）

- 二　甲税の還付に関する事務（次条に掲げる事務を除く。）還付を受ける者に係る戊関係情報

**第四条**　第二条の表二の項で定める事務は、己の給付の決定に関する事務とし、同表二の項で定める情報は、次に掲げる情報とする。

- 一　乙関係情報

- 二　当該給付を受ける者に係る次に掲げる情報
  - イ　丙関係情報
  - ロ　己関係情報

**第五条**　削除

**第五条の二**　第二条の表三の二の項で定める事務は、庚の手当の支給に関する事務とし、同項で定める情報は、受給者に係る戊関係情報とする。

**第六条**　この命令に定めるもののほか、必要な事項は、大臣が定める。
"""
END = """
## 附則

この命令は、公布の日から施行する。
"""


def small_law(table: str = TABLE, articles: str = DETAILS, head: str = HEAD, end: str = END) -> bytes:
    """The law as Markdown; the paragraph before the table repeats its cells, as the source does."""
    rows = [line for line in table.splitlines() if "---" not in line]
    repeated = "".join(cell.strip(" ") for row in rows for cell in row.strip("|").split("|"))
    first = f"**第一条**　用語は、法の例による。\n\n**第二条**　次の表による。{repeated}\n\n"
    return f"{head}{first}{table}\n{articles}{end}".encode()


def facts(source: bytes) -> tuple[list[RawRow | RawDetail], tuple[Unread, ...]]:
    """Everything that rows and details say, without lines, and what is unread."""
    text = read(source)
    rows, named = permission_rows(text), details(text)
    found = [replace(each, line=0) for each in rows.found], [replace(each, line=0) for each in named.found]
    return [*found[0], *found[1]], (*rows.unread, *named.unread)
