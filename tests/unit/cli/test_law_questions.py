"""`renkei law decide, explain, who-holds, find, diff`: the law's answers for people and for programs."""

import json
from pathlib import Path
from typing import Any

import pytest

from renkei.cli.law.words import item_of
from renkei.messages.codec import encode
from renkei.messages.line import InquiryState, LinkageRecord, Side
from renkei.terms.affairs import ArticleNumber, InformationKind, InstantMs, ItemNumber
from renkei.terms.bodies import BodyId

from .conftest import Run

ON = ("--on", "2026-06-14")
TAX = ("--inquirer", "141003-mayor", "--item", "48", "--information", "local-tax", *ON)
PERMITTED = (*TAX, "--provider", "141305-mayor")
REFUSED = (*TAX, "--provider", "prefectural-governor")
FIELDS = {
    "v", "on", "question", "decision", "item", "article", "list_version", "reason", "sentence_ja", "sentence_en", "nearest",
}  # fmt: skip


def told(run: Run, *arguments: str) -> Any:
    return json.loads(run("law", *arguments, "--json").stdout)


def test_a_permitted_question_is_answered_with_its_sentence_and_zero(run: Run) -> None:
    result = run("law", "decide", *PERMITTED)
    assert result.exit_code == 0
    for words in ("照会できます / permitted", "横浜市長は", "川崎市長に対し", "48の項・50条", "list version"):
        assert words in result.stdout


def test_a_refusal_says_why_and_what_is_near_and_is_the_answer_no(run: Run) -> None:
    result = run("law", "decide", *REFUSED)
    assert result.exit_code == 1
    for words in ("照会できません / refused (provider-not-listed)", "都道府県知事は定められていません", "近いもの"):
        assert words in result.stdout


@pytest.mark.parametrize(("asked", "decision", "article"), [(PERMITTED, "permitted", "50"), (REFUSED, "refused", None)])
def test_as_json_a_decision_is_one_object_with_the_promised_fields(
    run: Run, asked: tuple[str, ...], decision: str, article: str | None
) -> None:
    answer = told(run, "decide", *asked)
    assert set(answer) == FIELDS
    assert (answer["decision"], answer["item"], answer["article"]) == (decision, "48", article)
    assert (answer["v"], answer["on"], len(answer["list_version"])) == (1, "2026-06-14", 64)
    assert (answer["reason"] is None) == (decision == "permitted")
    assert bool(answer["nearest"]) == (decision == "refused")
    assert answer["question"]["inquirer"]["id"] == "141003-mayor"


def test_a_body_with_several_categories_is_named_by_all_of_them(run: Run) -> None:
    asked = ("--item", "48", "--information", "local-tax", "--provider", "municipal-mayor", *ON)
    repeated = told(run, "decide", "--inquirer", "city-mayor", "--inquirer", "municipal-mayor", *asked)
    joined = told(run, "decide", "--inquirer", "municipal-mayor,city-mayor", *asked)
    assert repeated == joined
    assert repeated["decision"] == "permitted"
    assert told(run, "decide", "--inquirer", "city-mayor", *asked)["decision"] == "refused"


def test_names_may_stand_for_ids(run: Run) -> None:
    asked = ("--item", "12の2", "--information", "戸籍関係情報", "--provider", "法務大臣", *ON)
    answer = told(run, "decide", "--inquirer", "横浜市長", *asked)
    assert (answer["item"], answer["question"]["kind"]) == ("12-2", "family-register")
    assert answer["question"]["provider"]["id"] == "moj-minister"


def test_an_item_that_never_was_is_refused_by_the_law_and_not_by_the_command(run: Run) -> None:
    asked = ("--inquirer", "municipal-mayor", "--item", "999", "--information", "local-tax")
    assert told(run, "decide", *asked, "--provider", "municipal-mayor")["reason"] == "no-statutory-basis"


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (("--inquirer", "mayor"), "という区分も機関もありません"),
        (("--provider", "nobody"), "'nobody' is no category or body.\n"),
        (("--inquirer", "横浜市"), "近いもの: 横浜市長 141003-mayor、"),
        (("--information", "lokal-tax"), "近いもの: 地方税関係情報 local-tax"),
        (("--information", "lokal-tax"), "is no kind of information. Near: local-tax"),
        (("--item", "forty-eight"), "「forty-eight」は項の番号ではありません。例: 48、12の2"),
        (("--item", "48x"), "is no item number; write 48 or 12-2"),
        (
            ("--item", "ord-141003-1"),
            "条例事務（ord-141003-1）は表の項ではありません。一覧は renkei law ordinance list",
        ),
        (("--item", "ord-141003-1"), "`renkei law ordinance list` lists them, and the line door"),
        (("--on", "2026-02-30"), "「2026-02-30」は日付ではありません"),
        (("--on", "20260614"), "「20260614」は日付ではありません"),
        (("--on", "2026-W24-7"), "'2026-W24-7' is no day"),
    ],
)
def test_what_is_unknown_is_named_with_what_is_near_it(run: Run, changed: tuple[str, str], words: str) -> None:
    asked = {PERMITTED[at]: PERMITTED[at + 1] for at in range(0, len(PERMITTED), 2)} | dict([changed])
    result = run("law", "decide", *(word for pair in asked.items() for word in pair))
    assert (result.exit_code, result.stdout) == (2, "")
    assert words in result.stderr


@pytest.fixture
def decision(run: Run, tmp_path: Path) -> Path:
    file = tmp_path / "decision.json"
    file.write_text(run("law", "decide", *PERMITTED, "--json").stdout)
    return file


def test_a_decision_is_explained_with_its_row_and_agrees_with_the_law(run: Run, decision: Path) -> None:
    result = run("law", "explain", decision)
    assert result.exit_code == 0
    for words in ("根拠の行", "令和6年5月27日以後", "一致します", "agrees with the law", "0 do not agree"):
        assert words in result.stdout


@pytest.mark.parametrize(
    ("was", "becomes", "differs"),
    [
        ('"item":"48","kind"', '"item":"49","kind"', ["question", "decision"]),
        ('"article":"50"', '"article":"51"', ["article"]),
        ('"decision":"permitted"', '"decision":"refused"', ["decision"]),
    ],
)
def test_a_tampered_decision_is_found(run: Run, decision: Path, was: str, becomes: str, differs: list[str]) -> None:
    text = decision.read_text()
    assert was in text
    decision.write_text(text.replace(was, becomes, 1))
    result = run("law", "explain", decision)
    assert result.exit_code == 1
    assert "一致しません" in result.stdout
    assert "1 do not agree" in result.stdout
    answer = told(run, "explain", str(decision))
    assert (answer["agrees"], answer["decisions"][0]["differs"]) == (False, differs)


def record(provider: str, article: str | None, state: InquiryState) -> LinkageRecord:
    return LinkageRecord(
        sequence=1, inquiry="ab" * 16, side=Side.INQUIRER, inquirer=BodyId("141003-mayor"), provider=BodyId(provider),
        item=ItemNumber("48"), article=None if article is None else ArticleNumber(article), kind=InformationKind("local-tax"),
        items=("総所得金額",), unit="課", period=None, addressee=None, asked_at_ms=InstantMs(1_760_000_000_000),
        state=state, reason="no-code-yet" if state is InquiryState.REFUSED else None, provided_at_ms=None,
        non_disclosure=False, no_self_information=False, list_version=None, permit_index=None,
    )  # fmt: skip


def test_a_record_of_a_body_that_nobody_knows_is_told_and_the_others_are_judged(run: Run, tmp_path: Path) -> None:
    good = record("141305-mayor", "50", InquiryState.PROVIDED)
    strange = record("999999-mayor", "50", InquiryState.PROVIDED)
    wrong = record("141305-mayor", "51", InquiryState.PROVIDED)
    file = tmp_path / "records"
    file.write_bytes(b"\n".join(map(encode, (good, strange, wrong, good))))
    answer = told(run, "explain", str(file))
    assert [each["agrees"] for each in answer["decisions"]] == [True, None, False, True]
    assert answer["agrees"] is False
    file.write_bytes(b"\n".join(map(encode, (good, strange))))
    result = run("law", "explain", file)
    assert result.exit_code == 0
    assert "Not checked: 999999-mayor is no body known here" in result.stdout
    assert "999999-mayor はここでは知られていない機関のため、確かめていません。" in result.stdout


def test_what_is_no_decision_is_bad_input(run: Run, tmp_path: Path) -> None:
    (tmp_path / "odd.json").write_text("{}")
    result = run("law", "explain", tmp_path / "odd.json")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "(wrong-type)" in result.stderr


def test_who_holds_a_kind_is_listed_with_items_and_inquirers(run: Run) -> None:
    result = run("law", "who-holds", "school-medical-aid", *ON)
    assert result.exit_code == 0
    for words in ("school-medical-aid", "の項", "提供者 / providers", "教育委員会"):
        assert words in result.stdout
    answer = told(run, "who-holds", "school-medical-aid", *ON)
    assert {each["id"] for each in answer["providers"]} == {id_ for row in answer["rows"] for id_ in row["providers"]}


def test_who_holds_for_one_body_shows_what_it_may_ask(run: Run) -> None:
    everybody = told(run, "who-holds", "disability", *ON)["rows"]
    own = told(run, "who-holds", "障害者関係情報", "--as", "141003-mayor", *ON)["rows"]
    assert own == [row for row in everybody if {"municipal-mayor", "city-mayor"} & set(row["inquirers"])]
    nobody = run("law", "who-holds", "disability", "--as", "moj-minister", *ON)
    assert nobody.exit_code == 1
    assert "照会できる規定はありません" in nobody.stdout


def test_words_are_found_with_items_and_ids(run: Run) -> None:
    result = run("law", "find", "児童手当", *ON)
    assert result.exit_code == 0
    for words in ("106, 107", "child-allowance", "児童手当の支給", "Child allowance", "事務 / affair"):
        assert words in result.stdout
    several = told(run, "find", "child", "allowance", *ON)
    assert several["text"] == "child allowance"
    assert several["affairs"][0] == {
        "id": "child-allowance", "ja": "児童手当の支給", "en": "Child allowance", "items": ["106", "107"],
    }  # fmt: skip


def test_words_that_stand_nowhere_are_the_answer_no_with_what_is_near(run: Run) -> None:
    result = run("law", "find", "地方税関連情報")
    assert result.exit_code == 1
    assert "見つかりません" in result.stdout
    assert "近いもの / near:\n  地方税関係情報 / Local tax (local-tax)" in result.stdout


def test_what_a_body_gained_is_listed_and_what_others_gained_is_not(run: Run) -> None:
    result = run("law", "diff", "2026-05-31", "2026-06-14", "--as", "141003-mayor")
    assert result.exit_code == 0
    assert "照会できるようになったもの / gained (3)" in result.stdout
    assert "照会者" not in result.stdout
    answer = told(run, "diff", "2026-05-31", "2026-06-14")
    assert len(answer["gained"]) > 3
    assert [each["item"] for each in answer["items_new"]] == ["34-3", "55-3", "55-4", "87-2", "93-2", "123-2"]


def test_what_was_lost_is_listed_with_ended_items(run: Run) -> None:
    result = run("law", "diff", "2025-09-30", "2025-10-01")
    for words in ("照会できなくなったもの / lost (1)", "157の項", "なくなった項 / ended", "照会者 /"):
        assert words in result.stdout


def test_between_the_two_tables_the_command_says_that_affairs_were_compared(run: Run) -> None:
    result = run("law", "diff", "2024-05-26", "2024-05-27", "--as", "141003-board-of-education")
    assert "事務の名称で比べました" in result.stdout
    assert "compared by affair" in result.stdout


@pytest.mark.parametrize("item", ["12-2", "12の2", "１２の２", "12の2の項", " 12-2"])
def test_an_item_may_be_written_as_in_the_table(item: str) -> None:
    assert item_of(item) == "12-2"


NOT_HELD = ("平成22年1月1日の表は収録していません（収録は令和6年4月24日から）", "the table of 2010-01-01 is not held")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("may-ask", "--as", "municipal-mayor", "--on", "2010-01-01"), 1),
        (("may-ask", "--as", "municipal-mayor", "--on", "2010-01-01", "--json"), 1),
        (("who-holds", "local-tax", "--on", "2010-01-01"), 1),
        (("find", "児童手当", "--on", "2010-01-01"), 0),
        (("diff", "2010-01-01", "2011-01-01"), 2),
        (("diff", "2026-06-14", "2010-01-01"), 2),
    ],
)
def test_a_day_before_the_first_held_text_is_not_told_as_one_without_permissions(
    run: Run, arguments: tuple[str, ...], code: int
) -> None:
    result = run("law", *arguments)
    assert result.exit_code == code
    assert [each for each in NOT_HELD if each not in result.stderr] == []
    for each in ("Nothing found", "ありません", "Nothing changed", "fewer"):
        assert each not in result.stdout


ANSWERS = [
    ("decide", *PERMITTED[:-3], *PERMITTED[-2:]),
    ("may-ask", "--as", "municipal-mayor", "--item", "48"),
    ("who-holds", "school-medical-aid"),
    ("find", "児童手当"),
]


@pytest.mark.parametrize("asked", ANSWERS, ids=lambda asked: asked[0])
def test_after_the_last_amendment_an_answer_says_until_which_one_it_is_known(run: Run, asked: tuple[str, ...]) -> None:
    known = "2026-06-14 の改正まで収録 / known until the amendment of 2026-06-14"
    asked = tuple(word for word in asked if word not in ON)
    assert known in run("law", *asked, "--on", "2026-06-15").stdout
    assert "の改正まで" not in run("law", *asked, "--on", "2026-06-14").stdout


def test_of_two_days_the_later_one_says_until_when_the_list_is_known(run: Run) -> None:
    assert "known until" in run("law", "diff", "2027-01-01", "2026-06-14").stdout
    assert "known until" not in run("law", "diff", "2025-09-29", "2025-09-30").stdout


@pytest.mark.parametrize("text", [[""], [" "], ["", "　"]])
def test_to_look_for_no_words_is_wrong_use(run: Run, text: list[str]) -> None:
    result = run("law", "find", *text)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "言葉を入れてください。/ Give words" in result.stderr


def test_what_a_body_of_two_categories_gained_is_what_its_categories_gained(run: Run) -> None:
    both = told(run, "diff", "2026-05-31", "2026-06-14", "--as", "municipal-mayor", "--as", "immigration-commissioner")
    last = told(run, "diff", "2026-05-31", "2026-06-14", "--as", "immigration-commissioner")
    assert both["gained"] != last["gained"]


def test_where_nothing_changed_it_is_said(run: Run) -> None:
    assert "Nothing changed" in run("law", "diff", "2025-09-29", "2025-09-30").stdout
