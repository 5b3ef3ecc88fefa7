"""`renkei keys`: no key changes unless the file that tells of it can be written, and that file can be had again."""

import json
from pathlib import Path

import pytest

from renkei.crypto.keystore import KeyPurpose
from renkei.crypto.software import SoftwareKeyStore
from renkei.platform.entropy import system_entropy

from .conftest import Run

BODY = "141003-mayor"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A server with the keys of one body."""
    store = SoftwareKeyStore.create(system_entropy)
    store.make(f"{BODY}/sign", KeyPurpose.SIGN)
    store.make(f"{BODY}/seal", KeyPurpose.SEAL)
    (tmp_path / "keys.unlock").write_bytes(b"secret" * 6)
    (tmp_path / "keys.unlock").chmod(0o600)
    (tmp_path / "keys.sealed").write_bytes(store.dump(b"secret" * 6))
    file = tmp_path / "config.toml"
    file.write_text('name = "intermediate-1"\n[keys]\npath = "keys.sealed"\nunlock = "keys.unlock"\n')
    return file


@pytest.mark.parametrize("step", ["make", "activate", "destroy"])
def test_no_key_changes_where_the_public_file_cannot_be_written(run: Run, config: Path, step: str) -> None:
    sealed = config.parent / "keys.sealed"
    before, out = sealed.read_bytes(), config.parent / "nowhere" / "keys.json"
    result = run("keys", step, "--config", config, "--of", BODY, "--out", out)
    assert result.exit_code == 2
    assert f"{out}: No such file or directory" in result.stderr
    assert sealed.read_bytes() == before


def test_nothing_is_left_of_a_file_of_a_step_that_was_refused(run: Run, config: Path) -> None:
    out = config.parent / "keys.json"
    assert run("keys", "activate", "--config", config, "--of", BODY, "--out", out).exit_code == 2  # none was made
    assert not out.exists()


def test_the_public_file_can_be_written_again(run: Run, config: Path) -> None:
    out, again = config.parent / "keys.json", config.parent / "again.json"
    assert run("keys", "make", "--config", config, "--of", BODY, "--out", out).exit_code == 0
    sealed = (config.parent / "keys.sealed").read_bytes()
    shown = run("keys", "show", "--config", config, "--of", BODY, "--out", again)
    assert (shown.exit_code, shown.stderr) == (0, "")
    assert again.read_bytes() == out.read_bytes()
    assert f"renkei keys publish {again}" in shown.stdout
    assert json.loads(run("keys", "show", "--config", config, "--of", BODY, "--json").stdout)["of"] == BODY
    assert (config.parent / "keys.sealed").read_bytes() == sealed


def test_without_a_file_it_is_told_how_to_get_one(run: Run, config: Path) -> None:
    told = run("keys", "make", "--config", config, "--of", BODY).stdout
    assert f"renkei keys show --config {config} --of {BODY} --out keys.json" in told


def test_where_the_disk_is_full_at_last_it_is_told_how_to_get_the_file(
    run: Run, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, write = config.parent / "keys.json", Path.write_bytes

    def full(path: Path, data: bytes) -> int:
        if path == out:
            raise OSError(28, "No space left on device", str(path))
        return write(path, data)

    monkeypatch.setattr(Path, "write_bytes", full)
    result = run("keys", "make", "--config", config, "--of", BODY, "--out", out)
    assert result.exit_code == 2
    assert "The keys have changed" in result.stderr
    assert f"renkei keys show --config {config} --of {BODY}" in result.stderr
    assert f"{out}: No space left" in result.stderr
