"""A permission list that is newer than the program: the shipped facts with one row changed, bytes edited here."""

import re
from typing import Final

from renkei.law.editions import read_list, shipped_files
from renkei.law.list import PermissionList

OWN: Final = PermissionList.load()


def without_local_tax() -> dict[str, str]:
    """The shipped files, but item 48 does not let a mayor ask a mayor for local tax any more."""
    return _edited(r"(?m)^(48\t4\t.*)\tlocal-tax,", r"\1\t")


def without_residents() -> dict[str, str]:
    """Another list: item 48 does not let a mayor ask a mayor for the resident record any more."""
    return _edited(r"(?m)^(48\t4\t.*),resident-record\t", r"\1\t")


def _edited(pattern: str, replacement: str) -> dict[str, str]:
    files = shipped_files()
    files["rows.tsv"], edits = re.subn(pattern, replacement, files["rows.tsv"])
    assert edits == 1, "the row of the test stands no more in the facts"
    return files


NEWER_FILES: Final = without_local_tax()
NEWER: Final = read_list(NEWER_FILES)
OTHER_FILES: Final = without_residents()
OTHER: Final = read_list(OTHER_FILES)
