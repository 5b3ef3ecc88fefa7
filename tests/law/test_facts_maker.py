"""The maker of the shipped rows never guesses, and joins only what went on unchanged."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "law_facts.py"

LINE = {
    "valid_from": "2024-05-27",
    "valid_until_exclusive": "",
    "kou_no": "47",
    "inquirer": "都道府県知事",
    "affair": "クリーニング業法によるクリーニング師の免許に関する事務であって第四十九条で定めるもの",
    "provider": "法務大臣",
    "info": "戸籍関係情報であって第四十九条で定めるもの",
}
HEADER = "valid_from,valid_until_exclusive,kou_no,inquirer,affair,provider,info"


@pytest.fixture(name="maker")
def loaded() -> ModuleType:
    spec = importlib.util.spec_from_file_location("law_facts_maker", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def rows(maker: ModuleType, *lines: dict[str, str]) -> list[str]:
    reader = maker.Reader(maker.Phrases.load(), maker.official_kinds())
    made: bytes = maker.written([reader.read({**LINE, **line}) for line in lines])
    assert reader.unread == []
    return made.decode().splitlines()[1:]


def test_a_line_becomes_a_row_of_ids(maker: ModuleType) -> None:
    (row,) = rows(maker, {})
    assert row.split("\t") == [
        "47",
        "1",
        "licences-dry-cleaners",
        "49",
        "prefectural-governor",
        "moj-minister",
        "family-register",
        "2024-05-27",
        "",
    ]


def test_rows_that_differ_in_wording_only_are_joined_where_one_follows_the_other(maker: ModuleType) -> None:
    old = {"valid_until_exclusive": "2025-07-28", "info": "戸籍関係情報（甲をいう。）であって第四十九条で定めるもの"}
    (row,) = rows(maker, old, {"valid_from": "2025-07-28"})
    assert row.endswith("\t2024-05-27\t")


def test_a_gap_is_kept(maker: ModuleType) -> None:
    assert len(rows(maker, {"valid_until_exclusive": "2025-07-28"}, {"valid_from": "2025-07-29"})) == 2


def test_two_rows_of_the_same_days_stay_two(maker: ModuleType) -> None:
    assert len(rows(maker, {}, {})) == 2


@pytest.mark.parametrize(
    ("column", "text"),
    [
        ("inquirer", "村の鍛冶屋"),
        ("provider", "法務大臣又は村の鍛冶屋"),
        ("affair", "蹄鉄の打替えに関する事務であって第四十九条で定めるもの"),
        ("info", "戸籍関係情報又は蹄鉄関係情報であって第四十九条で定めるもの"),
        ("info", "戸籍関係情報"),
    ],
)
def test_an_unknown_phrase_is_named_and_nothing_is_written(
    maker: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, column: str, text: str
) -> None:
    cells = ",".join({**LINE, column: text}.values())
    (tmp_path / "permission_table_history_x.csv").write_text(f"{HEADER}\n{cells}\n", encoding="utf-8")
    target = tmp_path / "rows.tsv"
    (tmp_path / "kinds.tsv").write_bytes(maker.TARGET.with_name("kinds.tsv").read_bytes())
    monkeypatch.setattr(maker, "TARGET", target)
    assert maker.main([str(tmp_path)]) == 1
    assert not target.exists()


def test_a_known_table_is_written_and_then_agrees(
    maker: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "permission_table_history_x.csv").write_text(f"{HEADER}\n{','.join(LINE.values())}\n", encoding="utf-8")
    target = tmp_path / "rows.tsv"
    (tmp_path / "kinds.tsv").write_bytes(maker.TARGET.with_name("kinds.tsv").read_bytes())
    monkeypatch.setattr(maker, "TARGET", target)
    assert maker.main([str(tmp_path)]) == 0
    assert maker.main([str(tmp_path), "--check"]) == 0
    target.write_bytes(b"")
    assert maker.main([str(tmp_path), "--check"]) == 1
