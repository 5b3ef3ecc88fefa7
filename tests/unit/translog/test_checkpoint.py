"""Checkpoints to the byte (C2SP tlog-checkpoint)."""

import pytest

from renkei.translog.checkpoint import Checkpoint, add_signatures, open_checkpoint
from renkei.translog.keys import NoteError
from renkei.translog.note import cosign_note, parse_note
from renkei.translog.tree import TreeHead

from .conftest import ORIGIN, Log, Signing

ROOT = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="
TEXT = f"example.com/behind-the-sofa\n20852163\n{ROOT}\n"


def test_the_example_of_the_specification_reads_back() -> None:
    checkpoint = Checkpoint.parse(TEXT)
    assert (checkpoint.origin, checkpoint.size) == ("example.com/behind-the-sofa", 20_852_163)
    assert checkpoint.text() == TEXT
    assert checkpoint.head == TreeHead(20_852_163, checkpoint.root)


def test_extension_lines_are_kept() -> None:
    assert Checkpoint.parse(TEXT + "more\nand more\n").extensions == ("more", "and more")
    assert Checkpoint.parse(TEXT + "more\n").text() == TEXT + "more\n"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a\n1\n",
        TEXT[:-1],
        TEXT + "\n",
        TEXT + "more",
        TEXT + "\nmore\n",
        "\n" + TEXT,
        TEXT.replace("example.com/behind-the-sofa", ""),
        TEXT.replace("20852163", "020852163"),
        TEXT.replace("20852163", "-1"),
        TEXT.replace("20852163", "+1"),
        TEXT.replace("20852163", "1_000"),
        TEXT.replace("20852163", "٢"),
        TEXT.replace("20852163", ""),
        TEXT.replace("20852163", str(2**63)),
        TEXT.replace("20852163", "1" * 5_000),
        TEXT.replace(ROOT, ROOT[:-1]),
        TEXT.replace(ROOT, "AAAA"),
        TEXT.replace(ROOT, ROOT.replace("2I=", "2J=")),
        TEXT.replace(ROOT, ROOT + " "),
    ],
)
def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(NoteError):
        Checkpoint.parse(text)


def test_the_largest_size_reads_back() -> None:
    assert Checkpoint.parse(TEXT.replace("20852163", str(2**63 - 1))).size == 2**63 - 1


def test_a_signed_checkpoint_opens_for_its_log_alone(log: Log) -> None:
    log.grow([b"a", b"b"])
    checkpoint, signers = open_checkpoint(log.checkpoint(), ORIGIN, [log.signing.key])
    assert checkpoint.head == log.frontier.head()
    assert [signer.key for signer in signers] == [log.signing.key]
    with pytest.raises(NoteError, match="origin"):
        open_checkpoint(log.checkpoint(), "other.example", [log.signing.key])
    with pytest.raises(NoteError, match="no signature of the log"):
        open_checkpoint(log.checkpoint(), ORIGIN, [Signing("other.example").key])


def test_cosignatures_are_added_and_renewed(log: Log, witnesses: list[Signing]) -> None:
    log.grow([b"a"])
    signed, keys = log.checkpoint(), [log.signing.key, *(witness.key for witness in witnesses)]
    text = parse_note(signed).text
    for time_s in (10, 20):
        lines = [cosign_note(text, witness.key, time_s, witness.sign) for witness in witnesses]
        signed = add_signatures(signed, lines)
    _, signers = open_checkpoint(signed, ORIGIN, keys)
    assert [(signer.key.name, signer.time_s) for signer in signers] == [
        (ORIGIN, None),
        ("witness.example/1", 20),
        ("witness.example/2", 20),
    ]


def test_an_empty_log_has_a_checkpoint_too(log: Log) -> None:
    checkpoint, _ = open_checkpoint(log.checkpoint(), ORIGIN, [log.signing.key])
    assert checkpoint.size == 0


def test_an_origin_never_brings_a_line_of_its_own(log: Log) -> None:
    from renkei.translog.checkpoint import sign_checkpoint

    with pytest.raises(AssertionError):
        sign_checkpoint("a\nb", log.frontier.head(), log.signing.key, log.signing.sign)
