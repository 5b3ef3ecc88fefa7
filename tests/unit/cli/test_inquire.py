"""What `renkei inquire` says of a result besides its state: the place that permits, or where to look after a refusal."""

from pathlib import Path

import msgspec
import pytest

from renkei.cli.inquire import basis, what_was_asked, why_refused, without_value
from renkei.messages.fields import Period
from renkei.messages.line import Inquiry, InquiryState, Result
from renkei.terms.affairs import ArticleNumber, InformationKind, ItemNumber
from renkei.terms.bodies import AddresseeNumber, BodyId
from renkei.terms.problems import Problem
from renkei.terms.refusals import Reason
from renkei.terms.secrets import SecretText

from .conftest import Run

VERSION = "0f" * 32


def inquiry(item: str) -> Inquiry:
    return Inquiry(
        request="r1",
        provider=BodyId("141305-mayor"),
        item=ItemNumber(item),
        kind=InformationKind("local-tax"),
        items=("総所得金額",),
        unit="課",
        addressee=AddresseeNumber("1"),
    )


def result(state: InquiryState, article: str | None = None, reason: str | None = None) -> Result:
    number = None if article is None else ArticleNumber(article)
    return Result(inquiry="ab" * 16, state=state, article=number, list_version=VERSION, reason=reason)


def test_a_permit_by_the_table_is_told_with_item_and_article() -> None:
    assert basis(inquiry("48"), result(InquiryState.PROVIDED, "50")) == "提供命令2条の表48の項・50条"
    assert basis(inquiry("12-2"), result(InquiryState.PROVIDED, "14-2")) == "提供命令2条の表12の2の項・14条の2"


def test_a_permit_by_ordinance_is_told_with_its_affair_and_not_with_the_article_of_the_like_item() -> None:
    assert basis(inquiry("ord-141003-1"), result(InquiryState.PROVIDED, "15")) == "番号法19条9号（ord-141003-1）"


def test_where_nothing_permits_no_place_is_told() -> None:
    assert basis(inquiry("48"), result(InquiryState.REFUSED)) == ""


def test_a_refusal_is_told_with_item_version_and_the_question_to_the_law() -> None:
    refused = result(InquiryState.REFUSED, reason=Reason.INFORMATION_NOT_LISTED.value)
    said = why_refused(inquiry("48"), refused, "141003-mayor")
    question = "renkei law decide --inquirer 141003-mayor --item 48 --information local-tax --provider 141305-mayor"
    assert said == [
        "項 / item: 48の項、照会許可照合リストの版 / list version: 0f0f0f0f0f0f0f0f…",
        f"理由を詳しく / more on why: {question}",
    ]


def test_a_refusal_under_an_affair_by_ordinance_is_no_question_to_the_table() -> None:
    (said,) = why_refused(
        inquiry("ord-141003-1"), result(InquiryState.REFUSED, reason=Reason.NO_STATUTORY_BASIS.value), "141003-mayor"
    )
    assert "条例事務 ord-141003-1" in said


@pytest.mark.parametrize("reason", [*(problem.value for problem in Problem), Reason.PIA_BREACH.value])
def test_what_the_law_did_not_refuse_is_no_question_to_the_law(reason: str) -> None:
    (said,) = why_refused(inquiry("48"), result(InquiryState.REFUSED, reason=reason), "141003-mayor")
    assert "law decide" not in said


def test_where_nothing_is_held_it_is_told_what_was_asked() -> None:
    asked = inquiry("48")
    told = "\n".join(what_was_asked(asked))
    for words in ("項目 総所得金額、期間 なし", "items 総所得金額; period none", "--items", "--period"):
        assert words in told
    year = msgspec.structs.replace(asked, period=Period(first="2025-04-01", last="2026-03-31"))
    told = "\n".join(what_was_asked(year))
    assert "期間 2025-04-01〜2026-03-31" in told
    assert "period 2025-04-01/2026-03-31" in told


def test_items_without_a_value_are_named() -> None:
    asked = msgspec.structs.replace(inquiry("48"), items=("総所得金額", "nope"))
    provided = msgspec.structs.replace(
        result(InquiryState.PROVIDED, "50"), content={"総所得金額": SecretText("1,000円")}
    )
    told = without_value(asked, provided)
    assert [": nope" in each for each in told] == [True, True]
    assert without_value(inquiry("48"), provided) == []
    assert without_value(asked, result(InquiryState.NOT_HELD)) == []


ASKED = (
    "--as", "141003-mayor", "--provider", "141305-mayor", "--item", "48", "--kind", "local-tax", "--items", "総所得金額",
    "--addressee", "1",
)  # fmt: skip


def test_a_body_does_not_ask_itself(run: Run, tmp_path: Path) -> None:
    told = run("inquire", "--sandbox", tmp_path, *ASKED, "--provider", "141003-mayor")
    assert told.exit_code == 2
    assert "自分自身には照会できません。" in told.stderr
    assert "does not inquire of itself" in told.stderr


@pytest.mark.parametrize(
    ("state", "code"),
    [(InquiryState.ASKED, 4), (InquiryState.HELD, 4), (InquiryState.REFUSED, 1), (InquiryState.PROVIDED, 0)],
)
def test_no_answer_yet_is_neither_yes_nor_no_and_the_request_was_told(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, state: InquiryState, code: int
) -> None:
    async def answer(*_: object) -> Result:
        return result(state)

    monkeypatch.setattr("renkei.cli.inquire._inquire", answer)
    told = run("inquire", "--sandbox", tmp_path, *ASKED)
    assert told.exit_code == code
    request = told.stderr.split("--request ")[1].split()[0]
    assert (f"--request {request}" in told.stdout) == (code == 4)
    assert run("inquire", "--sandbox", tmp_path, *ASKED, "--request", "mine").stderr == ""


def test_ctrl_c_says_how_to_go_on(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def pressed(*_: object) -> Result:
        raise KeyboardInterrupt

    monkeypatch.setattr("renkei.cli.inquire._inquire", pressed)
    told = run("inquire", "--sandbox", tmp_path, *ASKED, "--request", "mine")
    assert told.exit_code == 130
    assert "To see what came of it: the same command with --request mine" in told.stderr
    assert "同じコマンドに --request mine" in told.stderr
