"""The shipped facts beside the law's own texts, where they are at hand: compiled anew, file by file, line by line."""

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

import pytest

from renkei.cli.law_compile import shipped_files
from renkei.law.compiler.compiling import Compiled, compile_text, put_onto, without_rows
from renkei.law.phrases import Column, Phrases

TEXTS = Path(__file__).parents[2].parent / "shared" / "data" / "law" / "text"
ORDINANCE, ACT = "506M60004008009", "425AC0000000027"

pytestmark = pytest.mark.skipif(
    not TEXTS.is_dir(), reason="the texts of the law are not beside this repository: facts not compiled anew"
)


def texts() -> list[Path]:
    """The Act with 別表第二, the fifteen versions of the ordinance, the Act with 別表: in the order of their days."""
    ordinance = [*sorted(TEXTS.glob(f"history/{ORDINANCE}_*.md")), TEXTS / f"{ORDINANCE}.md"]
    return [TEXTS / f"history/{ACT}_20240424.md", *ordinance, TEXTS / f"{ACT}.md"]


USED: set[tuple[Column, str]] = set()
"""Phrases that some text has used: filled while they are compiled."""


@pytest.fixture(name="compiled", scope="module")
def compiled_texts() -> Iterator[Mapping[str, Compiled]]:
    files = shipped_files()
    find = Phrases.find

    def noted(self: Phrases, column: Column, text: str) -> tuple[str, ...] | None:
        found = find(self, column, text)
        if found is not None:
            USED.add((column, text))
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Phrases, "find", noted)
        yield {path.name: compile_text(path.read_bytes(), files) for path in texts()}


def test_no_line_of_any_text_is_unread(compiled: Mapping[str, Compiled]) -> None:
    assert len(compiled) == 17
    assert {name: each.unread for name, each in compiled.items() if each.unread} == {}


def test_the_shipped_facts_are_what_the_texts_say(compiled: Mapping[str, Compiled]) -> None:
    files = shipped_files()
    made = without_rows(files)
    for each in compiled.values():
        assert each.in_force_from is not None
        made = put_onto(made, each, each.in_force_from)
    for name, source in files.items():
        assert made[name].decode().splitlines() == source.decode().splitlines(), name
    assert made == files


@pytest.mark.usefixtures("compiled")
def test_no_phrase_is_written_down_that_no_text_uses() -> None:
    """A meaning that is not needed is a meaning that nobody checks."""
    assert len(USED) == len(Phrases.from_bytes(shipped_files()["phrases.tsv"]).meanings)


@pytest.mark.parametrize(
    ("day", "procedures"), [(date(2024, 5, 27), 868), (date(2025, 7, 28), 901), (date(2026, 6, 14), 943)]
)
def test_every_affair_of_a_text_is_a_procedure(compiled: Mapping[str, Compiled], day: date, procedures: int) -> None:
    (of_the_day,) = [each for each in compiled.values() if each.in_force_from == day and each.rows]
    assert len(of_the_day.details.procedures) == procedures
    assert all(each.cites and each.acts for each in of_the_day.details.procedures)


def test_the_facts_hold_no_sentence_of_the_law() -> None:
    """A term of the law is a fact; forty characters of it in a row would be its text."""
    law = "".join(path.read_text(encoding="utf-8") for path in (texts()[0], texts()[1], *texts()[-2:]))
    for name, content in shipped_files().items():
        for cell in content.decode().replace("\n", "\t").split("\t"):
            assert len(cell) < 40 or cell not in law, f"{name}: {cell}"
