"""The search finds every kind of secret in every form that it may take, and nothing where there is nothing."""

import base64
import os
import subprocess
import sys
from pathlib import Path

import pytest

from renkei.sandbox.canaries import MARKER, Canaries, Finding, search_files, search_processes
from renkei.terms.bodies import BodyId
from renkei.terms.codes import BodyCode

NUMBER = "123456789018"
RESIDENT = "98765432106"
NAME = "山田 太郎"
BLOCK = bytes.fromhex("8f1e02c3d4a5b6978877665544332211")
WORD = f"1,000円 ({MARKER})"
SECRETS = {"number": NUMBER.encode(), "resident": RESIDENT.encode(), "name": NAME.encode(), "content": WORD.encode()}


@pytest.fixture
def canaries() -> Canaries:
    planted = Canaries()
    planted.plant_number(NUMBER)
    planted.plant_number(RESIDENT)
    planted.plant_text(NAME)
    planted.plant_code(BLOCK)
    return planted


def kinds(canaries: Canaries, data: bytes) -> list[str]:
    return [found.kind for found in canaries.search("a place", data)]


@pytest.mark.parametrize("secret", SECRETS)
def test_a_secret_in_clear_is_found(canaries: Canaries, secret: str) -> None:
    kind = "number" if secret in {"number", "resident"} else "secret"
    assert kinds(canaries, b'{"value":"' + SECRETS[secret] + b'"}') == [kind]


@pytest.mark.parametrize("secret", [*SECRETS, "block"])
@pytest.mark.parametrize("before", range(4))
@pytest.mark.parametrize(
    "encode", [base64.b64encode, base64.urlsafe_b64encode, bytes.hex, lambda data: data.hex().upper()]
)
def test_an_encoded_secret_is_found_wherever_in_the_text_it_begins(
    canaries: Canaries, secret: str, before: int, encode: object
) -> None:
    assert callable(encode)
    for around in (b"\xff", b"~"):
        whole = encode(around * before + SECRETS.get(secret, BLOCK) + around)
        data = whole if isinstance(whole, bytes) else whole.encode()
        for text in (data, b"/" + data, b"a" + data, b'"' + data.rstrip(b"=") + b'"'):
            assert len(kinds(canaries, text)) == 1


@pytest.mark.parametrize("secret", ["number", "name", "content"])
def test_a_secret_in_utf_16_is_found(canaries: Canaries, secret: str) -> None:
    assert kinds(canaries, b"\x01" + SECRETS[secret].decode().encode("utf-16-le")) != []


def test_a_codes_bytes_and_anybodys_code_text_are_found(canaries: Canaries) -> None:
    other = BodyCode(BodyId("141003-mayor"), 1, bytes(range(16))).text()
    assert kinds(canaries, b"\0" + BLOCK + b"\0") == ["secret"]
    assert kinds(canaries, other.encode()) == ["code text"]
    assert kinds(canaries, base64.b64encode(other.encode())) == ["code text"]


def test_each_kind_is_named_once_with_its_place_and_never_the_value(canaries: Canaries) -> None:
    data = f"{NUMBER} {NUMBER} {RESIDENT} {NAME} {MARKER}".encode()
    found = list(canaries.search("core/log.jsonl", data))
    assert found == [Finding("number", "core/log.jsonl"), Finding("secret", "core/log.jsonl")]
    assert NUMBER not in repr(found) + repr(canaries)
    assert canaries.planted == 4


@pytest.mark.parametrize(
    "clean",
    [
        b"",
        b'{"at_ms":1795143600000}',
        b"123456789019 98765432107",  # other numbers
        f"{NUMBER[:6]} {NUMBER[6:]}".encode(),
        bytes(range(256)) * 64,
        base64.b64encode(bytes(range(256)) * 64),
        BLOCK[:15] + b"\0",
        BLOCK.hex()[1:].encode(),
        "山田 花子".encode(),
        b"101-abcdefghijklmnopqrstuvwxy-abcdefgh",  # a letter short
    ],
)
def test_nothing_is_found_in_clean_data(canaries: Canaries, clean: bytes) -> None:
    assert kinds(canaries, clean) == []


def test_numbers_next_to_letters_are_found(canaries: Canaries) -> None:
    assert kinds(canaries, f"x{NUMBER}y".encode()) == ["number"]


def test_every_file_below_a_folder_is_read(canaries: Canaries, tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "store.db-wal").write_bytes(b"\0" + BLOCK)
    (tmp_path / "clean.txt").write_text("nothing here")
    assert search_files(canaries, tmp_path) == (2, [Finding("secret", "a/b/store.db-wal")])


def test_arguments_and_environment_of_a_process_are_read(canaries: Canaries) -> None:
    code = "import sys; print(flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", code, NUMBER],
        env={**os.environ, "NAME": NAME},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as child:
        assert child.stdout is not None
        child.stdout.readline()
        found = search_processes(canaries, [child.pid])
        child.communicate()
    assert found == [
        Finding("number", f"cmdline of process {child.pid}"),
        Finding("secret", f"environ of process {child.pid}"),
    ]


def test_a_number_between_other_columns_of_a_store_is_found(canaries: Canaries, tmp_path: Path) -> None:
    """SQLite writes the columns of a row one after the other, so the digits of three columns are one run."""
    import apsw

    file = tmp_path / "store.db"
    database = apsw.Connection(str(file))
    database.execute("CREATE TABLE leak (a TEXT, b TEXT, c TEXT)")
    database.execute("INSERT INTO leak VALUES ('915668596650888', ?, '442056734056788')", (NUMBER,))
    database.close()
    assert f"915668596650888{NUMBER}442056734056788".encode() in file.read_bytes()
    assert kinds(canaries, file.read_bytes()) == ["number"]
