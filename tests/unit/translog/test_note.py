"""Signed notes to the byte (C2SP signed-note, tlog-cosignature)."""

import base64

import pytest

from renkei.translog.keys import KeyType, NoteError, VerifierKey
from renkei.translog.note import (
    MAX_NOTE_BYTES,
    Note,
    Signature,
    cosign_note,
    parse_note,
    parse_signature,
    sign_note,
    verify_note,
)

from .conftest import Signing

TEXT = "line one\n\nline three\n"
LOG = Signing("log.example")
WITNESS = Signing("witness.example", KeyType.COSIGNATURE)


def signed(*signatures: Signature, text: str = TEXT) -> str:
    return Note(text, signatures).render()


SIGNATURE = sign_note(TEXT, LOG.key, LOG.sign)
COSIGNATURE = cosign_note(TEXT, WITNESS.key, 1_679_315_147, WITNESS.sign)


def test_a_note_is_read_as_it_was_written() -> None:
    note = signed(SIGNATURE, COSIGNATURE)
    assert note.startswith(TEXT + "\n\u2014 log.example ")
    assert parse_note(note).render() == note
    assert parse_note(note).text == TEXT


def test_signatures_of_known_keys_are_found_and_unknown_ones_passed_over() -> None:
    note = parse_note(signed(SIGNATURE, COSIGNATURE))
    assert [found.key for found in verify_note(note, [LOG.key])] == [LOG.key]
    both = verify_note(note, [LOG.key, WITNESS.key])
    assert [(found.key.name, found.time_s) for found in both] == [
        ("log.example", None),
        ("witness.example", 1_679_315_147),
    ]
    assert verify_note(note, []) == ()


def test_a_known_name_with_another_key_id_is_an_unknown_key() -> None:
    stranger = VerifierKey("log.example", KeyType.ED25519, bytes(32))
    assert verify_note(parse_note(signed(SIGNATURE)), [stranger]) == ()


def test_a_bad_signature_of_a_known_key_spoils_the_note() -> None:
    bad = SIGNATURE._replace(blob=SIGNATURE.blob[:-1] + bytes([SIGNATURE.blob[-1] ^ 1]))
    with pytest.raises(NoteError, match="signature of log"):
        verify_note(parse_note(signed(COSIGNATURE, bad)), [LOG.key, WITNESS.key])


def test_a_second_signature_of_one_key_counts_once() -> None:
    assert len(verify_note(parse_note(signed(SIGNATURE, SIGNATURE)), [LOG.key])) == 1


@pytest.mark.parametrize("blob", [b"x", b"x" * 8, b"x" * 64, COSIGNATURE.blob + b"x", b"\x80" + COSIGNATURE.blob[1:]])
def test_a_cosignature_of_another_length_or_an_absurd_time_is_refused(blob: bytes) -> None:
    with pytest.raises(NoteError, match="signature of witness"):
        verify_note(parse_note(signed(COSIGNATURE._replace(blob=blob))), [WITNESS.key])


def test_the_time_of_a_cosignature_is_bound() -> None:
    later = COSIGNATURE._replace(blob=(1_679_315_148).to_bytes(8, "big") + COSIGNATURE.blob[8:])
    with pytest.raises(NoteError):
        verify_note(parse_note(signed(later)), [WITNESS.key])


def test_a_witness_key_does_not_pass_as_a_log_key() -> None:
    as_log = VerifierKey(WITNESS.name, KeyType.ED25519, WITNESS.key.public)
    forged = Signature(as_log.name, as_log.id, COSIGNATURE.blob[8:])
    with pytest.raises(NoteError):
        verify_note(parse_note(signed(forged)), [as_log])


GOOD = signed(SIGNATURE)


@pytest.mark.parametrize(
    "note",
    [
        "",
        "\n",
        "text\n",
        "text\n\n",
        GOOD.removesuffix("\n"),
        GOOD + "\n",
        GOOD.replace("\n\n\u2014", "\n\u2014"),
        GOOD.replace("\u2014", "-"),
        GOOD.replace("\u2014 ", "\u2014"),
        GOOD.replace("log.example", "log example"),
        GOOD.replace("log.example", "log+example"),
        GOOD.replace("log.example", "log\u00a0example"),
        GOOD.replace("log.example", ""),
        GOOD.replace("one", "on\te"),
        GOOD.replace("one", "on\x00e"),
        GOOD.replace("one", "on\re"),
        GOOD.replace("one", "on\udc80e"),
        TEXT + "\n\u2014 log.example AAAA\n",
        TEXT + "\n\u2014 log.example AAAAAA=\n",
        TEXT + "\n\u2014 log.example AAAAAB==\n",
        TEXT + "\n\u2014 log.example AAAAAA==\u3000\n",
        TEXT + "\n\u2014 log.example AA AAAA\n",
        TEXT + "\nno signature\n",
    ],
)
def test_any_other_form_is_refused(note: str) -> None:
    with pytest.raises(NoteError):
        parse_note(note)


def test_sixteen_signatures_are_read_and_seventeen_refused() -> None:
    assert len(parse_note(signed(*[SIGNATURE] * 16)).signatures) == 16
    with pytest.raises(NoteError, match="too many"):
        parse_note(signed(*[SIGNATURE] * 17))


def test_a_note_of_more_than_64_kib_is_refused_counted_in_bytes() -> None:
    room = MAX_NOTE_BYTES - len(signed(SIGNATURE, text="\n").encode())
    assert parse_note(signed(SIGNATURE, text="a" * room + "\n"))
    for text in ("a" * (room + 1), "字" * (room // 3 + 1)):
        with pytest.raises(NoteError, match="too large"):
            parse_note(signed(SIGNATURE, text=text + "\n"))


def test_a_signature_line_reads_back() -> None:
    assert parse_signature(COSIGNATURE.line().removesuffix("\n")) == COSIGNATURE


def test_a_vkey_reads_back_and_every_changed_character_is_refused() -> None:
    text = WITNESS.key.text()
    assert VerifierKey.parse(text) == WITNESS.key
    for at in range(len(text)):
        changed = text[:at] + ("B" if text[at] != "B" else "C") + text[at + 1 :]
        with pytest.raises(NoteError):
            VerifierKey.parse(changed)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "name",
        "name+00000000",
        "+00000000+" + base64.b64encode(b"\x01" + bytes(32)).decode(),
        LOG.key.text().replace("log.example", "log example"),
        LOG.key.text() + "\n",
        LOG.key.text().upper(),
        VerifierKey("n", KeyType.ED25519, bytes(32)).text().replace("+AQAA", "+AgAA"),
    ],
)
def test_any_other_vkey_is_refused(text: str) -> None:
    with pytest.raises(NoteError):
        VerifierKey.parse(text)


def test_a_long_message_is_verified_too() -> None:
    text = "a" * 5_000 + "\n"
    note = parse_note(signed(sign_note(text, LOG.key, LOG.sign), text=text))
    assert len(verify_note(note, [LOG.key])) == 1
