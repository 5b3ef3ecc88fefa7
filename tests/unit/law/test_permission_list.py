"""The list as a whole: loading, looking up, what stood in the table on a day."""

from datetime import date

import pytest

from renkei.law.list import PermissionList
from renkei.law.rows import AffairId, Table, item_order
from renkei.terms.affairs import ItemNumber
from renkei.terms.errors import RenkeiError

PERMISSIONS = PermissionList.load()


def test_the_list_is_read_once() -> None:
    assert PermissionList.load() is PERMISSIONS


def test_the_version_is_a_sha_256_in_hex() -> None:
    assert len(bytes.fromhex(PERMISSIONS.version)) == 32


def test_the_list_does_not_print_its_index() -> None:
    assert "Index(" not in repr(PERMISSIONS)


def test_items_stand_in_the_order_of_the_ordinance() -> None:
    items = PERMISSIONS.items()
    assert items[:2] == ("1", "2")
    assert items.index(ItemNumber("12-2")) == items.index(ItemNumber("12")) + 1
    assert list(items) == sorted(items, key=item_order)


def test_items_of_annex_2_are_its_own() -> None:
    annex = PERMISSIONS.items(Table.ANNEX_2)
    assert annex[0] == "1"
    assert annex[-1] == "121"
    assert ItemNumber("16-2") in annex
    assert ItemNumber("16-2") not in PERMISSIONS.items()


def test_an_item_that_never_was_has_no_rows() -> None:
    assert PERMISSIONS.rows_of(ItemNumber("9999")) == ()


def test_rows_are_numbered_from_one_under_each_item() -> None:
    for table in Table:
        for item in PERMISSIONS.items(table):
            rows = PERMISSIONS.rows_of(item, table)
            assert [row.number for row in rows] == list(range(1, len(rows) + 1))
            assert {row.table for row in rows} == {table}


def test_the_first_change_is_the_day_of_the_oldest_text_and_the_second_the_day_of_the_ordinance() -> None:
    assert PERMISSIONS.changes()[:2] == (date(2024, 4, 24), date(2024, 5, 27))
    assert PERMISSIONS.in_force(date(2024, 4, 23)) == ()


@pytest.mark.parametrize(("on", "table"), [(date(2024, 5, 26), Table.ANNEX_2), (date(2024, 5, 27), Table.ORDINANCE)])
def test_no_day_has_rows_of_both_tables(on: date, table: Table) -> None:
    assert Table.on(on) is table
    assert {row.table for row in PERMISSIONS.in_force(on)} == {table}


def test_the_affair_of_an_item_is_that_of_the_table_of_the_day() -> None:
    tax, pension = AffairId("municipal-tax"), AffairId("national-pension-benefits-payment-decisions-collection")
    assert PERMISSIONS.affair_of(ItemNumber("48"), date(2024, 5, 27)) == PERMISSIONS.affairs[tax]
    assert PERMISSIONS.affair_of(ItemNumber("48"), date(2024, 5, 26)) == PERMISSIONS.affairs[pension]
    assert PERMISSIONS.affair_of(ItemNumber("27"), date(2024, 5, 26)) == PERMISSIONS.affairs[tax]


def test_an_item_renumbered_by_an_amendment_changes_its_affair() -> None:
    """項55の3 was aviation for two weeks of June 2026, then entry and residence; aviation moved to 55の4."""
    item = ItemNumber("55-3")
    before = PERMISSIONS.affair_of(item, date(2026, 6, 13))
    after = PERMISSIONS.affair_of(item, date(2026, 6, 14))
    assert before is not None
    assert after is not None
    assert before == PERMISSIONS.affair_of(ItemNumber("55-4"), date(2026, 6, 14))
    assert after != before
    assert PERMISSIONS.affair_of(item, date(2026, 5, 31)) is None


def test_affairs_shared_by_items_have_one_name() -> None:
    on = date(2026, 6, 14)
    assert PERMISSIONS.affair_of(ItemNumber("2"), on) == PERMISSIONS.affairs[AffairId("health-insurance-benefits")]
    assert PERMISSIONS.affair_of(ItemNumber("3"), on) == PERMISSIONS.affairs[AffairId("health-insurance-benefits")]


def test_categories_from_text_are_checked() -> None:
    assert PERMISSIONS.checked(["municipal-mayor", "city-mayor"]) == {"municipal-mayor", "city-mayor"}
    with pytest.raises(RenkeiError):
        PERMISSIONS.checked(["municipal-mayor", "mayor"])
