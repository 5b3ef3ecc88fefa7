"""An affair is its provisions and its acts; an act that has no word for it is named."""

import pytest

from renkei.law.compiler.citations import Citations
from renkei.law.compiler.definitions import TABLE, Definitions, Place
from renkei.law.compiler.procedures import Acts, Affairs
from renkei.law.compiler.raw import NOTHING, Missing
from renkei.law.details import shipped
from renkei.law.laws import Laws
from renkei.law.phrases import key_of
from renkei.terms.errors import RenkeiError

HERE = Place("50", 1, "1")
FILES = shipped()
ACTS = Acts.from_files(FILES)
EXAMINED = "に係る事実についての審査に関する事務"


@pytest.mark.parametrize(
    ("affair", "acts"),
    [
        (f"水道法第三条の給付の支給の申請{EXAMINED}", ["examine-application-payment"]),
        (f"水道法第三条の登録事項の変更の届出{EXAMINED}", ["examine-notification-change"]),
        (f"水道法第三条の届出{EXAMINED}", ["examine-notification"]),
        (
            f"免許の申請又は免許証の再交付の申請{EXAMINED}",
            ["examine-application-licence", "examine-application-certificate"],
        ),
        ("給付の支給の請求に係る事実についての審査又は給付の支給に関する事務", ["examine-claim-payment", "payment"]),
        ("登録の申請又は同法第六条の給付の支給の調整に関する事務", ["adjustment"]),
        ("給付に係る申請、届出その他の行為に関する事務", ["handle-any"]),
        (f"給付に係る申請、届出その他の行為{EXAMINED}", ["examine-any"]),
        ("保護の停止又は廃止に関する事務", ["change"]),
        ("職権による保護の開始又は同条第二項の職権による保護の変更に関する事務", ["change-ex-officio"]),
        ("水道法第三条の調整又は要請に関する事務", ["placement-coordination"]),
        ("水道法第三条の利用料の請求に係る事務", ["user-fee"]),
        (f"明渡しに係る期限の延長の申出{EXAMINED}", ["examine-application-extension"]),
        ("情報の管理に関する事務であって内閣総理大臣が定めるもの", ["information-management"]),
    ],
)
def test_the_acts_of_an_affair_are_told_by_its_end(affair: str, acts: list[str]) -> None:
    assert list(ACTS.read(affair) or ()) == acts


@pytest.mark.parametrize(
    "affair", ["水道法第三条の蹄鉄に関する事務", f"水道法第三条の蹄鉄{EXAMINED}", "水道法第三条の支給"]
)
def test_an_unknown_act_is_no_act(affair: str) -> None:
    assert ACTS.read(affair) is None


def affairs() -> Affairs:
    return Affairs(Citations(Laws.from_bytes(FILES["laws.tsv"]), Definitions()), ACTS)


def test_an_affair_without_law_and_act_says_so_in_both_languages() -> None:
    cites, acts, unread = affairs().read("蹄鉄に関する事務", HERE)
    assert (cites, acts) == ((), ())
    assert [en.partition(":")[0] for _, en, _ in unread] == ["unknown act", "no law can be read"]
    assert all(ja for ja, _, _ in unread)
    assert [missing for _, _, missing in unread] == [Missing("done", "", "蹄鉄", "acts.tsv"), NOTHING]


@pytest.mark.parametrize(
    ("affair", "missing"),
    [
        (f"町又は村の水車法第三条の申請{EXAMINED}", Missing("key", key_of("村の水車法"), "村の水車法", "laws.tsv")),
        ("同条の支給に関する事務", NOTHING),
    ],
)
def test_a_provision_that_cannot_be_read_tells_the_name_that_may_be_missing(affair: str, missing: Missing) -> None:
    _, _, unread = affairs().read(affair, HERE)
    assert [each for _, en, each in unread if en.startswith("a provision")] == [missing]


def test_an_affair_named_by_a_defined_term_has_the_provisions_of_the_definition() -> None:
    reader = affairs()
    reader.citations.definitions.read("予防接種法第六条第三項の予防接種（以下「特定接種」という。）", TABLE)
    assert reader.read("特定接種の実施に関する事務", HERE)[:2] == (("予防接種法6条3項",), ("provision",))


def test_brackets_are_kept_in_the_title_of_a_notice_only() -> None:
    cites, _, unread = affairs().read(
        "「甲（乙）の取扱いについて」に規定する給付（丙に限る。）の支給に関する事務", HERE
    )
    assert (cites, unread) == (("「甲(乙)の取扱いについて」",), [])


@pytest.mark.parametrize(
    "line", ["a\tdone\tあ\tA\t支給\nb\tdone\tい\tB\t支給", "a\tdone\tあ\tA\t", "a\twhen\tあ\tA\t支給"]
)
def test_a_wrong_file_of_acts_is_refused(line: str) -> None:
    with pytest.raises(RenkeiError):
        Acts.from_files({"acts.tsv": f"id\tform\tja\ten\tendings\n{line}\n".encode()})
