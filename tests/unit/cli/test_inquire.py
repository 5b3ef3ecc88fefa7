"""What `renkei inquire` says of a result besides its state: the place that permits, or where to look after a refusal."""

from renkei.cli.inquire import basis, why_refused
from renkei.messages.line import Inquiry, InquiryState, Result
from renkei.terms.affairs import ArticleNumber, InformationKind, ItemNumber
from renkei.terms.bodies import AddresseeNumber, BodyId

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


def result(state: InquiryState, article: str | None = None) -> Result:
    number = None if article is None else ArticleNumber(article)
    return Result(inquiry="ab" * 16, state=state, article=number, list_version=VERSION)


def test_a_permit_by_the_table_is_told_with_item_and_article() -> None:
    assert basis(inquiry("48"), result(InquiryState.PROVIDED, "50")) == "提供命令2条の表48の項・50条"
    assert basis(inquiry("12-2"), result(InquiryState.PROVIDED, "14-2")) == "提供命令2条の表12の2の項・14条の2"


def test_a_permit_by_ordinance_is_told_with_its_affair_and_not_with_the_article_of_the_like_item() -> None:
    assert basis(inquiry("ord-141003-1"), result(InquiryState.PROVIDED, "15")) == "番号法19条9号（ord-141003-1）"


def test_where_nothing_permits_no_place_is_told() -> None:
    assert basis(inquiry("48"), result(InquiryState.REFUSED)) == ""


def test_a_refusal_is_told_with_item_version_and_the_question_to_the_law() -> None:
    said = why_refused(inquiry("48"), result(InquiryState.REFUSED), "141003-mayor")
    question = "renkei law decide --inquirer 141003-mayor --item 48 --information local-tax --provider 141305-mayor"
    assert said == [
        "項 / item: 48の項、照会許可照合リストの版 / list version: 0f0f0f0f0f0f0f0f…",
        f"理由を詳しく / more on why: {question}",
    ]


def test_a_refusal_under_an_affair_by_ordinance_is_no_question_to_the_table() -> None:
    (said,) = why_refused(inquiry("ord-141003-1"), result(InquiryState.REFUSED), "141003-mayor")
    assert "条例事務 ord-141003-1" in said
