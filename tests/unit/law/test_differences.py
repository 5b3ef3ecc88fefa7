"""What was gained and lost between two days is told in few lines, and nothing else is."""

from datetime import date

from renkei.law.compare import Snapshot, compare
from renkei.law.list import PermissionList
from renkei.messages.law import Differences
from renkei.terms.affairs import Category

PERMISSIONS = PermissionList.load()
MAYOR = frozenset([Category("municipal-mayor"), Category("city-mayor")])


def of(before: date, after: date, inquirer: frozenset[Category] | None = None) -> Differences:
    return compare(Snapshot(PERMISSIONS, before, inquirer), Snapshot(PERMISSIONS, after, inquirer))


def test_an_ended_item_is_lost_with_all_that_it_permitted_and_a_new_one_gained() -> None:
    found = of(date(2025, 9, 30), date(2025, 10, 1))
    assert found.by == "item"
    assert [item.item for item in found.items_ended] == ["157"]
    assert [item.item for item in found.items_new] == ["12-2", "160-2"]
    assert [(line.items, line.kinds, line.providers) for line in found.lost] == [
        (("157",), ("family-register",), ("moj-minister",))
    ]
    assert set(found.lost[0].inquirers) == {"exam-designated-city-mayor", "prefectural-governor"}


def test_backwards_gains_are_losses() -> None:
    there, back = of(date(2025, 9, 30), date(2025, 10, 1)), of(date(2025, 10, 1), date(2025, 9, 30))
    assert (there.gained, there.lost, there.items_new) == (back.lost, back.gained, back.items_ended)


def test_an_item_with_another_affair_is_told_with_both_affairs() -> None:
    (changed,) = of(date(2026, 6, 13), date(2026, 6, 14)).affairs_changed
    assert changed.item == "55-3"
    assert "航空" in changed.before.ja
    assert "在留" in changed.after.ja


def test_between_two_days_of_one_stretch_nothing_changed() -> None:
    found = of(date(2025, 9, 29), date(2025, 9, 30))
    assert (found.gained, found.lost) == ((), ())
    assert (found.items_new, found.items_ended, found.affairs_changed) == ((), (), ())


def test_for_one_inquirer_only_its_own_gains_and_items_are_told() -> None:
    found = of(date(2026, 5, 31), date(2026, 6, 14), MAYOR)
    assert [line.items for line in found.gained] == [("48",), ("69",), ("107",)]
    assert {line.providers for line in found.gained} == {("immigration-commissioner",)}
    assert {line.inquirers for line in found.gained} == {("city-mayor", "municipal-mayor")}
    assert found.items_new == ()


def test_from_the_annex_to_the_ordinance_affairs_are_compared_and_no_item_counts_as_new() -> None:
    found = of(date(2024, 5, 26), date(2024, 5, 27))
    assert found.by == "affair"
    assert (found.items_new, found.items_ended, found.affairs_changed) == ((), (), ())


def test_an_affair_of_both_tables_with_the_same_rows_is_neither_gained_nor_lost() -> None:
    before, after = (Snapshot(PERMISSIONS, day) for day in (date(2024, 5, 26), date(2024, 5, 27)))
    found = compare(before, after)
    same = before.all(by_item=False) & after.all(by_item=False)
    assert same
    told = {
        (line.affair_ja, kind, one, other)
        for line in (*found.gained, *found.lost)
        for kind in line.kinds
        for one in line.inquirers
        for other in line.providers
    }
    names: dict[str, str] = {affair.id: affair.ja for affair in PERMISSIONS.affairs.values()}
    by_name = {(names[p.place], p.kind, p.inquirer, p.provider) for p in same}
    assert told.isdisjoint(by_name)
