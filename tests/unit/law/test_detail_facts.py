"""The shipped details: every id has a name, every day its details; a wrong line is refused with its place."""

from datetime import date, timedelta

import pytest

from renkei.law.detail_facts import Procedure
from renkei.law.details import Details, shipped
from renkei.law.list import PermissionList
from renkei.terms.affairs import information_kind, item_number
from renkei.terms.errors import RenkeiError

DETAILS = Details.load()
PERMISSIONS = PermissionList.load()
NEWEST = date(2026, 6, 14)
LOCAL_TAX = item_number("48")


def procedure(number: str, on: date = NEWEST) -> Procedure:
    (found,) = [each for each in DETAILS.procedures_of(LOCAL_TAX, on) if each.number == number]
    return found


def test_a_procedure_names_its_place_provisions_and_acts() -> None:
    first = procedure("1")
    assert first.place == ("提供命令50条1号", "Provision Ordinance art. 50(1)")
    label = DETAILS.label(first)
    assert label.ja == "地方税法17条、地方税法17条の2の2、地方税法17条の4：還付"
    assert label.en == "Local Tax Act art. 17; Local Tax Act art. 17-2-2; Local Tax Act art. 17-4: Refund"


def test_a_branch_number_and_a_paragraph_are_cited_as_the_law_cites_them() -> None:
    places = {each.sense.place.ja for each in DETAILS.procedures}
    assert {"提供命令60条2項1号", "提供命令83条2号の2", "提供命令162条の2第1号", "提供命令97条の2"} <= places


def test_the_details_of_a_procedure_say_whose_and_which() -> None:
    details = DETAILS.details_of(procedure("4"), NEWEST)
    assert [each.sub for each in details] == ["イ", "ロ", "ハ", "ニ"]
    assert DETAILS.whose(details[0]).en == "Taxpayer, Spouse, Dependant for tax purposes"
    assert [DETAILS.particulars[each].name.ja for each in details[3].particulars] == ["知的障害者更生相談所の判定"]


def test_an_amendment_changes_the_details_on_its_day_only() -> None:
    before = DETAILS.details_of(procedure("7", NEWEST - timedelta(days=1)), NEWEST - timedelta(days=1))
    after = DETAILS.details_of(procedure("7"), NEWEST)
    assert [each.particulars for each in (*before, *after)] == [("public-account",), ("landing-departure",)]


def test_before_the_ordinance_there_is_nothing() -> None:
    assert DETAILS.procedures_of(LOCAL_TAX, date(2024, 5, 26)) == ()
    assert DETAILS.procedures_of(item_number("999"), NEWEST) == ()


def test_the_details_that_name_a_kind_are_found_with_their_procedures() -> None:
    kind = information_kind("family-register")
    found = DETAILS.naming(LOCAL_TAX, kind, NEWEST)
    assert [(procedure.number, detail.sub) for procedure, detail in found] == [("3", "イ"), ("21", "イ")]
    assert [each.id for each in DETAILS.of_kind(found[0][1], kind)] == ["family-register-items"]
    assert DETAILS.naming(LOCAL_TAX, information_kind("vaccination"), NEWEST) == ()


@pytest.mark.parametrize("on", [*PERMISSIONS.changes(), NEWEST])
def test_on_every_day_each_item_has_procedures_and_each_kind_of_its_rows_a_detail(on: date) -> None:
    for row in PERMISSIONS.in_force(on):
        if row.article is None:  # 別表第二, whose details stood in another ordinance
            continue
        assert {each.article for each in DETAILS.procedures_of(row.item, on)} == {row.article}
        for kind in row.kinds:
            assert DETAILS.naming(row.item, kind, on), (row.item, kind)


@pytest.mark.parametrize("on", [*PERMISSIONS.changes(), NEWEST])
def test_on_every_day_each_detail_is_of_a_kind_that_the_rows_of_its_item_list(on: date) -> None:
    for item in PERMISSIONS.items():
        listed = {kind for row in PERMISSIONS.rows_of(item) if row.covers(on) for kind in row.kinds}
        for procedure in DETAILS.procedures_of(item, on):
            details = DETAILS.details_of(procedure, on)
            assert details, procedure.place
            for detail in details:
                for each in detail.particulars:
                    of_listed_kind = not listed.isdisjoint(DETAILS.particulars[each].kinds)
                    assert of_listed_kind or (procedure.article, each) in WIDER, (procedure.place, detail.sub, each)


WIDER = {("60", "childcare-leave-benefit"), ("60", "childcare-leave-benefits")}
"""The article names all of 失業等給付関係情報 until 2026-06-13, the row only some of it: the row is what permits."""


def test_every_name_is_used_and_every_kind_is_known() -> None:
    assert {act for each in DETAILS.procedures for act in each.sense.acts} == set(DETAILS.acts)
    assert {person for each in DETAILS.details for person in each.sense.persons} == set(DETAILS.persons)
    assert {what for each in DETAILS.details for what in each.sense.particulars} == set(DETAILS.particulars)
    assert {kind for each in DETAILS.particulars.values() for kind in each.kinds} <= set(PERMISSIONS.kinds)


LINES = {
    "procedures.tsv": "48\t50\t1\t1\t地方税法17条\trefund\t2024-05-27\t",
    "details.tsv": "50\t1\t1\t\t\ttaxpayer\tpublic-account\t2024-05-27\t",
}


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("procedures.tsv", "refund", "forging"),
        ("procedures.tsv", "refund", ""),
        ("procedures.tsv", "refund", "refund,refund"),
        ("procedures.tsv", "\t1\t地", "\tx\t地"),
        ("procedures.tsv", "2024-05-27", "27 May"),
        ("procedures.tsv", "2024-05-27\t", "2024-05-27\t2024-05-27"),
        ("details.tsv", "taxpayer", "blacksmith"),
        ("details.tsv", "public-account", "horseshoes"),
        ("details.tsv", "public-account", ""),
        ("details.tsv", "50\t1", "fifty\t1"),
    ],
)
def test_a_wrong_line_is_refused_with_its_place(name: str, old: str, new: str) -> None:
    header = shipped()[name].partition(b"\n")[0].decode()
    wrong = f"{header}\n{LINES[name].replace(old, new)}\n".encode()
    with pytest.raises(RenkeiError, match=f"{name}:2"):
        Details.from_files({**shipped(), name: wrong})


@pytest.mark.parametrize("name", sorted(LINES))
def test_a_line_that_stands_twice_is_refused(name: str) -> None:
    header = shipped()[name].partition(b"\n")[0].decode()
    twice = "\n".join([header, LINES[name], LINES[name], ""]).encode()
    with pytest.raises(RenkeiError, match=f"{name}:3"):
        Details.from_files({**shipped(), name: twice})


@pytest.mark.parametrize("name", ["acts.tsv", "persons.tsv", "particulars.tsv"])
def test_a_name_with_a_control_character_is_refused(name: str) -> None:
    header, first, *rest = shipped()[name].decode().split("\n")
    sources = {**shipped(), name: "\n".join([header, first[:-1] + "\x1b" + first[-1], *rest]).encode()}
    with pytest.raises(RenkeiError, match=f"{name}:2"):
        Details.from_files(sources)
