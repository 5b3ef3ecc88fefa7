"""Which list applies on which day, what is held of what is named, and reading a list that came from elsewhere."""

from datetime import date

import pytest

from renkei.law.editions import Editions, read_list, shipped_files
from renkei.law.facts import HEADERS, shipped, version_of
from renkei.messages.directory import AnnouncedList, Directory
from renkei.terms.affairs import InstantMs
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem
from tests.newer import NEWER, NEWER_FILES, OTHER, OWN

FIRST, SECOND = date(2027, 4, 1), date(2027, 7, 1)


def directory(*announced: AnnouncedList, base: str = OWN.version) -> Directory:
    return Directory(
        number=1,
        made_at_ms=InstantMs(1),
        list_version=base,
        log_origin="log",
        log_key="key",
        witness_keys=(),
        sign_key=bytes(32),
        seal_key=bytes(1216),
        systems=(),
        bodies=(),
        announced=announced,
    )


def announced(version: str, on: date) -> AnnouncedList:
    return AnnouncedList(version=version, applies_from=on.isoformat())


BOTH = directory(announced(NEWER.version, FIRST), announced(OTHER.version, SECOND))


def test_the_base_applies_until_the_day_before_the_first_announced_list() -> None:
    law = Editions.of_directory(BOTH, {NEWER.version: NEWER})
    assert law.at(date(2027, 3, 31)) is OWN
    assert law.at(FIRST) is NEWER
    assert law.at(date(2027, 6, 30)) is NEWER


def test_a_list_that_applies_and_is_not_held_is_nobody_s_guess() -> None:
    law = Editions.of_directory(BOTH, {NEWER.version: NEWER})
    assert law.version_at(SECOND) == OTHER.version
    assert law.at(SECOND) is None
    assert law.missing() == (OTHER.version,)


def test_without_a_directory_the_programs_own_list_applies_since_ever() -> None:
    law = Editions.shipped()
    assert law.at(date.min) is OWN
    assert law.at(date.max) is OWN
    assert (law.missing(), law.newest()) == ((), OWN)


def test_only_what_the_directory_names_is_known_but_the_own_list_is_always_at_hand() -> None:
    law = Editions.of_directory(directory(base=NEWER.version), {OTHER.version: OTHER})
    assert law.knows(NEWER.version)
    assert not law.knows(OWN.version)
    assert law.of(OTHER.version) is None
    assert law.of(OWN.version) is OWN
    assert law.missing() == (NEWER.version,)


def test_the_newest_is_the_last_to_come_into_force_of_those_that_are_held() -> None:
    assert Editions.of_directory(BOTH, {}).newest() is OWN
    assert Editions.of_directory(BOTH, {NEWER.version: NEWER}).newest() is NEWER
    assert Editions.of_directory(BOTH, {NEWER.version: NEWER, OTHER.version: OTHER}).newest() is OTHER
    assert Editions.of_directory(directory(base="0" * 64), {}).newest() is OWN


def test_an_older_list_may_come_back_into_force() -> None:
    law = Editions.of_directory(directory(announced(NEWER.version, FIRST), announced(OWN.version, SECOND)), {})
    assert law.version_at(SECOND) == OWN.version
    assert law.versions() == (OWN.version, NEWER.version)


def test_operators_are_told_what_applies_what_is_held_and_what_is_missing() -> None:
    law = Editions.of_directory(BOTH, {OTHER.version: OTHER})
    told = law.summary(date(2027, 6, 30))
    assert told == {"applies": NEWER.version, "held": [OWN.version, OTHER.version], "missing": [NEWER.version]}


def test_announced_lists_of_one_day_or_out_of_order_make_no_directory() -> None:
    for days in ((FIRST, FIRST), (SECOND, FIRST)):
        with pytest.raises(ValueError, match="order"):
            directory(*(announced(NEWER.version, day) for day in days))


# Reading a list.


def test_a_list_from_elsewhere_is_the_list_of_its_version() -> None:
    found = read_list(NEWER_FILES, NEWER.version)
    assert found.version == version_of({name: text.encode() for name, text in NEWER_FILES.items()})
    assert read_list(shipped_files()).version == version_of(shipped()) == OWN.version


def refused(files: dict[str, str], version: str | None = None) -> str:
    with pytest.raises(RenkeiError) as error:
        read_list(files, version)
    assert error.value.problem is Problem.MALFORMED
    return error.value.detail


def test_files_of_another_version_are_refused() -> None:
    assert OWN.version in refused(NEWER_FILES, OWN.version)


@pytest.mark.parametrize("name", sorted(HEADERS))
def test_a_list_without_one_of_its_files_is_refused_by_that_file_s_name(name: str) -> None:
    files = {each: text for each, text in shipped_files().items() if each != name}
    assert refused(files) == f"{name}: missing"


def test_a_file_that_is_no_part_of_a_list_is_refused() -> None:
    assert refused({**shipped_files(), "phrases.tsv": "x"}) == "phrases.tsv: not part of a list"


def test_a_wrong_line_is_named_by_file_and_number() -> None:
    files = shipped_files()
    files["kinds.tsv"] += "no-name\t\t\tofficial\n"
    lines = files["kinds.tsv"].count("\n")
    assert refused(files) == f"kinds.tsv:{lines}"
