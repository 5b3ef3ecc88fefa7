"""How a law numbers its parts: kanji with 枝番, イロハ, （１）; and which number may follow which."""

import re
from collections.abc import Callable
from typing import Final

from renkei.law.phrases import kanji_number
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

_DIGITS: Final = "〇一二三四五六七八九"
_IROHA: Final = "イロハニホヘトチリヌルヲワカヨタレソツネナラムウヰノオクヤマケフコエテアサキユメミシヱヒモセスン"
_FULL_WIDTH: Final = str.maketrans("０１２３４５６７８９", "0123456789")
_ARTICLE: Final = re.compile(r"第([^第条]+)条((?:の[^第条]+)?)")
_SPAN: Final = re.compile(r"(.+?)(?:から(.+)まで|及び(.+))")
_LONGEST: Final = 40
"""No number of a law is longer; keeps hostile text from being worked through."""
_MOST_PARTS: Final = 3
_END: Final = 1000


def branched(text: str) -> str:
    """`百七十三の二` as `173-2`, only as laws write it (neither 百百 nor 一の一); raises MALFORMED."""
    parts = [kanji_number(part) for part in text.split("の")]
    number = "-".join(map(str, parts))
    usual = max(parts) < _END and 1 not in parts[1:] and len(parts) <= _MOST_PARTS
    if not usual or in_kanji(number) != text:
        raise RenkeiError(Problem.MALFORMED, "number in kanji")
    return number


def in_kanji(number: str) -> str:
    """`173-2` as `百七十三の二`; each part from 1 to 999."""
    return "の".join(_kanji(int(part)) for part in number.split("-"))


def article_name(number: str) -> str:
    """`57-2` as `第五十七条の二`."""
    main, *branches = number.split("-")
    return f"第{in_kanji(main)}条" + "".join(f"の{in_kanji(branch)}" for branch in branches)


def article_span(text: str) -> tuple[str, str]:
    """First and last number of `第五条の二` or `第五条から第七条まで`; raises MALFORMED."""
    return _span(text, _article)


def item_span(text: str) -> tuple[str, str]:
    """First and last number of `十二の二`, `三から五まで` or `三及び四`; raises MALFORMED."""
    return _span(text, branched)


def label_span(text: str) -> tuple[str, str, str]:
    """System, first and last number of the label of a 号 or of a place below it; raises MALFORMED.

    The systems are `号` (一, 三の二, 五から七まで), `イ` (イ, ロ …) and `（１）`.
    """
    if len(text) == 1 and text in _IROHA:
        number = str(_IROHA.index(text) + 1)
        return "イ", number, number
    bracketed = re.fullmatch(r"（([１-９][０-９]?)）", text)
    if bracketed:
        number = bracketed[1].translate(_FULL_WIDTH)
        return "（１）", number, number
    return "号", *item_span(text)


def follows(before: str, after: str) -> bool:
    """Whether no number stands between: after `12-2` comes `12-2-2`, `12-3` or `13`."""
    parts = [int(part) for part in before.split("-")]
    nexts = [[*parts, 2], *([*parts[:end], parts[end] + 1] for end in range(len(parts)))]
    return [int(part) for part in after.split("-")] in nexts


def _span(text: str, read: Callable[[str], str]) -> tuple[str, str]:
    if len(text) > _LONGEST:
        raise RenkeiError(Problem.MALFORMED, "number of a part")
    match = _SPAN.fullmatch(text)
    if match is None:
        number = read(text)
        return number, number
    return read(match[1]), read(match[2] or match[3])


def _article(text: str) -> str:
    match = _ARTICLE.fullmatch(text)
    if match is None:
        raise RenkeiError(Problem.MALFORMED, "article number")
    return branched(match[1] + match[2])


def _kanji(value: int) -> str:
    hundreds, rest = divmod(value, 100)
    tens, ones = divmod(rest, 10)
    words = [(_DIGITS[count] if count > 1 else "") + unit for count, unit in ((hundreds, "百"), (tens, "十")) if count]
    return "".join(words) + (_DIGITS[ones] if ones else "")
