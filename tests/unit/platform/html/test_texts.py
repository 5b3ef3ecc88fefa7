"""Catalogues of sentences: the same in every language, or the program does not start."""

from pathlib import Path

import pytest

from renkei.platform.html.language import Language, language_of, link
from renkei.platform.html.texts import TextsError, load


def folder(path: Path, ja: str, en: str) -> Path:
    path.mkdir()
    (path / "ja.toml").write_text(ja, encoding="utf-8")
    (path / "en.toml").write_text(en, encoding="utf-8")
    return path


def test_catalogues_of_several_folders_become_one(tmp_path: Path) -> None:
    frame = folder(tmp_path / "frame", '[frame]\nskip = "本文へ"', '[frame]\nskip = "Skip"')
    room = folder(tmp_path / "room", '[home]\ntitle = "ご案内"', '[home]\ntitle = "About"')
    texts = load([frame, room])
    assert texts[Language.JA]["home"]["title"] == "ご案内"
    assert texts[Language.EN]["frame"]["skip"] == "Skip"


@pytest.mark.parametrize(
    ("ja", "en", "says"),
    [
        ('[a]\nb = "x"\nc = "y"', '[a]\nb = "x"', "a.c is not in both"),
        ('[a]\nb = "x"', '[a]\nb = "x"\nc = "y"', "a.c is not in both"),
        ('[a]\nb = "{n}件"', '[a]\nb = "some"', "a.b has other placeholders"),
        ('[a]\nitems = "x"', '[a]\nitems = "x"', "a.items: templates would see a method"),
    ],
)
def test_catalogues_that_do_not_fit_are_refused(tmp_path: Path, ja: str, en: str, says: str) -> None:
    with pytest.raises(TextsError, match=says):
        load([folder(tmp_path / "room", ja, en)])


def test_a_table_that_stands_in_two_folders_is_refused(tmp_path: Path) -> None:
    folders = [folder(tmp_path / name, '[a]\nb = "x"', '[a]\nb = "x"') for name in ("one", "two")]
    with pytest.raises(TextsError, match="a stands in two folders"):
        load(folders)


@pytest.mark.parametrize(
    ("query", "language"),
    [
        ({}, Language.JA),
        ({"lang": "ja"}, Language.JA),
        ({"lang": "en"}, Language.EN),
        ({"lang": "xx"}, Language.JA),
        ({"lang": "EN"}, Language.JA),
    ],
)
def test_pages_speak_japanese_unless_the_address_asks_for_another(query: dict[str, str], language: Language) -> None:
    assert language_of(query) is language


def test_links_carry_the_language_on_and_leave_out_what_has_no_value() -> None:
    assert link(Language.JA, "/records", {"before": None}) == "/records"
    assert link(Language.JA, "/records", {"before": 20}) == "/records?before=20"
    assert link(Language.EN, "/records", {"before": 20}) == "/records?before=20&lang=en"
