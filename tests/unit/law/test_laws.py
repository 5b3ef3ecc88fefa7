"""Names of laws: short, English, of what is made under a law; a name that nobody wrote down stays as it is."""

import pytest

from renkei.law.details import shipped
from renkei.law.laws import Laws
from renkei.terms.errors import RenkeiError

LAWS = Laws.from_bytes(shipped()["laws.tsv"])


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("児童手当法", "児童手当法"),
        ("高齢者の医療の確保に関する法律", "高齢者医療確保法"),
        ("高齢者の医療の確保に関する法律施行令", "高齢者医療確保法施行令"),
        ("鍛冶業法", None),
        ("施行令", None),
    ],
)
def test_a_law_has_one_short_name_and_what_is_made_under_it_bears_it(name: str, short: str | None) -> None:
    assert LAWS.short(name) == short


@pytest.mark.parametrize(
    ("cite", "english"),
    [
        ("児童手当法7条1項", "Child Allowance Act art. 7(1)"),
        ("児童手当法施行規則3条の2", "Regulation for Enforcement of the Child Allowance Act art. 3-2"),
        ("児童福祉法21条の5の3第1項", "Child Welfare Act art. 21-5-3(1)"),
        ("児童福祉法11条1項2号ハ", "Child Welfare Act art. 11(1)(2ハ)"),
        ("国民年金法附則9条の2", "National Pension Act suppl. art. 9-2"),
        ("予防接種法6条1項〜6条3項", "Immunization Act art. 6(1) to art. 6(3)"),
        ("昭和60年法律34号附則97条1項", "Act no. 34 of 1985 suppl. art. 97(1)"),
        ("旧公営住宅法12条2項", "former Public Housing Act art. 12(2)"),
        ("児童福祉法(準用旧)18条", "former Child Welfare Act as applied art. 18"),
        ("船員保険法(改正前)", "Seamen's Insurance Act (before amendment)"),
        (
            "児童手当法施行規則(改正前)附則3条",
            "Regulation for Enforcement of the Child Allowance Act (before amendment) suppl. art. 3",
        ),
        ("地方税法(令和8年改正前)461条", "Local Tax Act before the 2026 amendment art. 461"),
        ("恩給法", "Pensions Act (Onkyu)"),
        ("鍛冶業法3条", "鍛冶業法3条"),
    ],
)
def test_a_cited_place_has_an_english_form(cite: str, english: str) -> None:
    assert LAWS.english(cite) == english


@pytest.mark.parametrize(
    "lines", ["key\tja\ten\nab\t甲法\t\n", "key\tja\ten\nab\t甲法\tA\nab\t乙法\tB\n", "key\ten\tja\n"]
)
def test_a_wrong_file_of_laws_is_refused(lines: str) -> None:
    with pytest.raises(RenkeiError):
        Laws.from_bytes(lines.encode())
