"""For which days a list is known: a day outside must not look like a day on which nothing is permitted."""

from datetime import date

from renkei.law.list import PermissionList
from renkei.law.names import Said, japanese_day


def not_held(permissions: PermissionList, on: date) -> Said | None:
    """What to say of a day before the oldest text that the list holds; None for a day that it holds."""
    first = next(iter(permissions.changes()), None)
    if first is None:
        return Said("このリストに規定は一つもありません。", "this list has no row at all.")
    if on >= first:
        return None
    return Said(
        f"{japanese_day(on)}の表は収録していません（収録は{japanese_day(first)}から）。",
        f"the table of {on} is not held; the oldest that is held is that of {first}.",
    )


def known_until(permissions: PermissionList, on: date) -> Said | None:
    """Until which amendment the list is known, for a day after it: a later one would not show."""
    last = next(reversed(permissions.changes()), None)
    if last is None or on <= last:
        return None
    return Said(f"{last} の改正まで収録", f"known until the amendment of {last}")
