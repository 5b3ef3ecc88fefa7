"""`renkei law compile` reads everything or writes nothing; `renkei law facts` writes what is shipped."""

import json
from pathlib import Path

import pytest

from renkei.cli.law_compile import read_folder, shipped_files, write_folder
from renkei.law.compiler import compiling
from renkei.law.facts import parse, version_of
from renkei.law.phrases import key_of
from renkei.terms.errors import RenkeiError

from .conftest import Run

AFFAIR = "クリーニング業法によるクリーニング師の免許に関する事務"
SUBJECT = "クリーニング業法第六条のクリーニング師の免許の申請に係る事実についての審査に関する事務"
ROW = f"| 一　都道府県知事 | {AFFAIR}であって次条で定めるもの | 法務大臣 | 戸籍関係情報であって次条で定めるもの |"
HEAD = "| 情報照会者 | 特定個人番号利用事務 | 情報提供者 | 利用特定個人情報 |"


@pytest.fixture(autouse=True)
def frame(monkeypatch: pytest.MonkeyPatch) -> None:
    """Articles 1 and 2 of the little law below instead of the ordinance's."""
    said = {"1": "用語は、法の例による。", "2": "次の表による。"}
    monkeypatch.setattr(compiling, "FRAME", {article: key_of(words) for article, words in said.items()})


def law(row: str = ROW, day: str = "2030-04-01", number: str = "令和六年デジタル庁・総務省令第九号") -> str:
    """提供命令 as if it had one item."""
    cells = "".join(cell.strip() for line in (HEAD, row) for cell in line.strip("|").split("|"))
    return f"""---
title: "試験のための命令"
law_num: "{number}"
enforced_at: "{day}"
---

**第一条**　用語は、法の例による。

**第二条**　次の表による。{cells}

{HEAD}
| --- | --- | --- | --- |
{row}

**第三条**　前条の表一の項で定める事務は、{SUBJECT}とし、同項で定める情報は、当該申請を行う者に係る戸籍関係情報とする。

**第四条**　この命令に定めるもののほか、必要な事項は、大臣が定める。

## 附則

この命令は、公布の日から施行する。
"""


@pytest.fixture(name="text")
def written(tmp_path: Path) -> Path:
    path = tmp_path / "new.md"
    path.write_text(law(), encoding="utf-8")
    return path


def test_a_text_is_put_onto_the_shipped_facts(run: Run, text: Path, tmp_path: Path) -> None:
    result = run("law", "compile", str(text), "--into", str(tmp_path / "made"))
    assert result.exit_code == 0
    assert "+ 1 " in result.stdout
    facts = parse(read_folder(tmp_path / "made"))
    assert [row.article for row in facts.rows if row.valid_from.year == 2030] == ["3"]
    assert all(row.valid_until is not None for row in facts.rows if row.valid_from.year < 2030)
    assert facts.version in result.stdout


def test_alone_forgets_what_earlier_texts_said(run: Run, text: Path, tmp_path: Path) -> None:
    assert run("law", "compile", str(text), "--alone", "--into", str(tmp_path / "made")).exit_code == 0
    assert len(parse(read_folder(tmp_path / "made")).rows) == 1


def test_json_counts_what_was_read(run: Run, text: Path) -> None:
    said = json.loads(run("law", "compile", str(text), "--json").stdout)
    assert (said["items"], said["rows"], said["procedures"], said["details"], said["unread"]) == (1, 1, 1, 1, 0)
    assert (said["on"], said["begun"], said["lines"]) == ("2030-04-01", 1, [])


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (ROW.replace("法務大臣", "村の鍛冶屋"), key_of("村の鍛冶屋")),
        (ROW.replace("戸籍関係情報", "蹄鉄関係情報"), key_of("蹄鉄関係情報")),
        (ROW.replace("| 法務大臣 |", "|  |"), "どの欄か"),
    ],
)
def test_an_unread_line_is_named_and_nothing_is_written(run: Run, text: Path, row: str, said: str) -> None:
    text.write_text(law(row), encoding="utf-8")
    made = text.parent / "made"
    result = run("law", "compile", str(text), "--into", str(made), "--json")
    assert result.exit_code == 1
    lines = json.loads(result.stdout)["lines"]
    assert any(said in each["ja"] for each in lines)
    number = law(row).splitlines().index(row) + 1
    assert any(each["line"] == number for each in lines)
    assert not made.exists()


def test_a_phrase_gets_its_meaning_in_a_folder_of_facts(run: Run, text: Path) -> None:
    text.write_text(law(ROW.replace("都道府県知事", "村の鍛冶屋")), encoding="utf-8")
    facts, made = text.parent / "facts", text.parent / "made"
    assert run("law", "facts", "--into", str(facts)).exit_code == 0
    assert run("law", "compile", str(text), "--onto", str(facts)).exit_code == 1
    with (facts / "phrases.tsv").open("a", encoding="utf-8") as file:
        file.write(f"body\t{key_of('村の鍛冶屋')}\t村の鍛冶屋\tmunicipal-mayor\n")
    assert run("law", "compile", str(text), "--onto", str(facts), "--into", str(made)).exit_code == 0
    assert "municipal-mayor" in (made / "rows.tsv").read_text(encoding="utf-8").splitlines()[-1]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "line 1"),
        ("甲乙丙", "line 1"),
        (law()[:400], "line"),
        (law().replace("**第三条**", "**第五条**"), "line"),
        (law().replace("## 附則", "## 別"), "line"),
        ("<!DOCTYPE x [<!ENTITY a 'b'>]><Law>&a;</Law>", "line 1"),
    ],
)
def test_what_is_no_law_is_refused_with_its_line(run: Run, text: Path, content: str, said: str) -> None:
    text.write_text(content, encoding="utf-8")
    result = run("law", "compile", str(text), "--into", str(text.parent / "made"))
    assert result.exit_code == 2
    assert said in result.stderr
    assert "行目（" in result.stderr
    assert not (text.parent / "made").exists()


def test_another_law_is_named_as_such(run: Run, text: Path) -> None:
    text.write_text(law(number="昭和二十二年法律第六十七号"), encoding="utf-8")
    result = run("law", "compile", str(text), "--json")
    assert result.exit_code == 1
    (line,) = json.loads(result.stdout)["lines"]
    assert "令和六年デジタル庁・総務省令第九号" in line["ja"]
    assert "—" in result.stderr


def test_a_phrase_without_a_meaning_is_told_with_the_line_to_write_and_that_line_mends_it(run: Run, text: Path) -> None:
    text.write_text(law().replace("当該申請を行う者に係る", "村の鍛冶屋に係る"), encoding="utf-8")
    facts = text.parent / "facts"
    assert run("law", "facts", "--into", str(facts)).exit_code == 0
    result = run("law", "compile", str(text), "--onto", str(facts))
    (line,) = [line for line in result.stderr.splitlines() if line.startswith("phrases-details.tsv: ")]
    assert line == f"phrases-details.tsv: person\t{key_of('村の鍛冶屋')}\t?\t?\t"
    with (facts / "phrases-details.tsv").open("a", encoding="utf-8") as file:
        file.write(line.partition(": ")[2].replace("?\t?", "村の鍛冶屋\tapplicant") + "\n")
    assert run("law", "compile", str(text), "--onto", str(facts)).exit_code == 0


def test_the_information_of_a_row_that_is_unread_is_not_held_against_it(run: Run, text: Path) -> None:
    text.write_text(law(ROW.replace("法務大臣", "村の鍛冶屋")), encoding="utf-8")
    (line,) = json.loads(run("law", "compile", str(text), "--json").stdout)["lines"]
    assert key_of("村の鍛冶屋") in line["ja"]


def test_a_folder_that_does_not_exist_is_told_with_how_to_make_it(run: Run, text: Path) -> None:
    facts = text.parent / "facts"
    result = run("law", "compile", str(text), "--onto", str(facts))
    assert result.exit_code == 2
    assert f"renkei law facts --into {facts} で作れます" in result.stderr
    assert f"There is no folder {facts}" in result.stderr


@pytest.mark.parametrize(
    ("name", "line", "said"),
    [
        ("kinds.tsv", "村\t村\tvillage\tofficial", "行目"),
        ("phrases.tsv", "body\t00\t村", "行目"),
        ("phrases-details.tsv", "person\t00\t村\tvillager\t", "行目"),
        ("acts.tsv", "village\tdone", "行目"),
        ("laws.tsv", "00\t村法", "行目"),
        ("uses.tsv", "1", "行目"),
        ("rows.tsv", None, "missing"),
    ],
)
def test_a_broken_folder_of_facts_is_told_with_its_file(
    name: str, line: str | None, said: str, run: Run, text: Path
) -> None:
    facts = text.parent / "facts"
    write_folder(facts, shipped_files())
    if line is None:
        (facts / name).unlink()
    else:
        with (facts / name).open("a", encoding="utf-8") as file:
            file.write(f"{line}\n")
    result = run("law", "compile", str(text), "--onto", str(facts))
    assert result.exit_code == 2
    assert "--onto" in result.stderr
    assert name in result.stderr
    assert said in result.stderr
    assert "電文" not in result.stderr


def test_an_id_without_a_name_is_told(run: Run, text: Path) -> None:
    text.write_text(law(ROW.replace("都道府県知事", "村の鍛冶屋")), encoding="utf-8")
    facts = text.parent / "facts"
    write_folder(facts, shipped_files())
    with (facts / "phrases.tsv").open("a", encoding="utf-8") as file:
        file.write(f"body\t{key_of('村の鍛冶屋')}\t村の鍛冶屋\tvillage-smith\n")
    result = run("law", "compile", str(text), "--onto", str(facts), "--into", str(text.parent / "made"))
    assert result.exit_code == 2
    assert "village-smith" in result.stderr
    assert "電文" not in result.stderr
    assert not (text.parent / "made").exists()


def test_an_older_text_is_not_put_under_newer_facts(run: Run, text: Path) -> None:
    text.write_text(law(day="2025-01-01"), encoding="utf-8")
    result = run("law", "compile", str(text), "--into", str(text.parent / "made"))
    assert result.exit_code == 2
    assert "2025-01-01" in result.stderr
    assert not (text.parent / "made").exists()


def test_the_day_can_be_given_for_a_text_that_has_none(run: Run, text: Path) -> None:
    result = run("law", "compile", str(text), "--as-of", "2031-01-01", "--json")
    assert json.loads(result.stdout)["on"] == "2031-01-01"


def test_a_folder_with_anything_else_in_it_is_left_alone(run: Run, text: Path) -> None:
    full = text.parent / "full"
    full.mkdir()
    (full / "mine.txt").write_text("mine", encoding="utf-8")
    result = run("law", "compile", str(text), "--into", str(full))
    assert result.exit_code == 2
    assert "not empty" in result.stderr
    assert [each.name for each in full.iterdir()] == ["mine.txt"]


def test_the_shipped_facts_come_out_as_they_are_and_twice_changes_nothing(run: Run, tmp_path: Path) -> None:
    for _ in range(2):
        assert version_of(shipped_files()) in run("law", "facts", "--into", str(tmp_path / "facts")).stdout
    assert read_folder(tmp_path / "facts") == shipped_files()


def test_a_folder_without_a_file_that_decides_is_refused(tmp_path: Path) -> None:
    files = shipped_files()
    del files["kinds.tsv"]
    write_folder(tmp_path / "facts", files)
    with pytest.raises(RenkeiError, match=r"kinds\.tsv"):
        read_folder(tmp_path / "facts")
