"""Configuration is read strictly, and every path in it is the file's own."""

from pathlib import Path

import pytest

from renkei.platform.config import KeyFile, Listen, Settings, Tls, load
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem


class Sample(Settings, frozen=True):
    listen: Listen
    store: Path
    elsewhere: Path | None = None
    more: tuple[Path, ...] = ()


GOOD = 'store = "data/store.db"\nmore = ["a", "/b"]\n[listen]\nport = 4431\n'


def write(folder: Path, text: str) -> Path:
    path = folder / "sample.toml"
    path.write_text(text)
    return path


def test_relative_paths_are_resolved_against_the_file_and_absolute_ones_kept(tmp_path: Path) -> None:
    sample = load(write(tmp_path, GOOD), Sample)
    assert sample.store == tmp_path / "data" / "store.db"
    assert sample.more == (tmp_path / "a", Path("/b"))
    assert sample.elsewhere is None


def test_a_relative_path_of_the_file_itself_makes_absolute_paths_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, GOOD)
    monkeypatch.chdir(tmp_path)
    assert load(Path("sample.toml"), Sample).store == tmp_path / "data" / "store.db"


def test_the_address_is_made_of_host_and_port(tmp_path: Path) -> None:
    assert load(write(tmp_path, GOOD), Sample).listen.url == "https://127.0.0.1:4431"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (GOOD.replace("store", "stor"), "stor"),
        (GOOD.replace("port = 4431", ""), "`port` - at `$.listen`"),
        (GOOD.replace("4431", '"4431"'), "$.listen.port"),
        (GOOD.replace("4431", "70000"), "$.listen.port"),
        (GOOD.replace('"data/store.db"', "7"), "$.store"),
        (GOOD.replace('"data/store.db"', '""'), "$.store"),
        (GOOD + "extra = 1\n", "extra"),
        ("store = ", "Invalid value"),
    ],
)
def test_a_wrong_file_is_refused_with_its_name_and_the_key(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(RenkeiError) as caught:
        load(write(tmp_path, text), Sample)
    assert caught.value.problem is Problem.BAD_CONFIGURATION
    assert "sample.toml" in caught.value.detail
    assert said in caught.value.detail


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(RenkeiError, match=r"absent\.toml: No such file"):
        load(tmp_path / "absent.toml", Sample)


def test_bytes_that_are_not_utf_8_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "sample.toml"
    path.write_bytes(b"store = '\xff'")
    with pytest.raises(RenkeiError) as caught:
        load(path, Sample)
    assert caught.value.problem is Problem.BAD_CONFIGURATION


def test_an_unlocking_secret_that_others_may_read_is_refused(tmp_path: Path) -> None:
    sealed, unlock = tmp_path / "keys", tmp_path / "unlock"
    sealed.write_bytes(b"sealed")
    unlock.write_bytes(b"hush")
    keys = KeyFile(path=sealed, unlock=unlock)
    unlock.chmod(0o640)
    with pytest.raises(RenkeiError) as caught:
        keys.secret()
    assert "chmod 600" in caught.value.detail
    assert "hush" not in caught.value.detail
    unlock.chmod(0o600)
    assert (keys.secret(), keys.sealed()) == (b"hush", b"sealed")


def test_tls_files_are_named_not_read(tmp_path: Path) -> None:
    class Holder(Settings, frozen=True):
        tls: Tls

    text = '[tls]\ncertificate = "c.pem"\nkey = "k.pem"\nauthorities = "a.pem"\n'
    assert load(write(tmp_path, text), Holder).tls.key == tmp_path / "k.pem"
