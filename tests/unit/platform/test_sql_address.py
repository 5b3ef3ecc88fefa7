"""Where a store is: one setting, never with a password."""

from pathlib import Path

import pytest

from renkei.platform.config import Settings, load
from renkei.platform.sql import Store
from renkei.terms.errors import RenkeiError

FOLDER = Path("/etc/renkei")


class Config(Settings, frozen=True):
    store: Store


def written(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "system.toml"
    file.write_text(f'store = "{text}"\n')
    return file


def test_a_path_is_relative_to_the_configuration(tmp_path: Path) -> None:
    assert load(written(tmp_path, "core.db"), Config).store == Store(tmp_path / "core.db")
    assert Store.parse("/var/lib/core.db", FOLDER).address == Path("/var/lib/core.db")


@pytest.mark.parametrize(
    "url",
    [
        "postgresql:///core?host=/var/run/postgresql",
        "postgres://core@db.example/core",
        "postgresql:///?service=core&passfile=/x",
    ],
)
def test_a_url_of_postgresql_is_kept_as_it_is(tmp_path: Path, url: str) -> None:
    store = load(written(tmp_path, url), Config).store
    assert store.address == url
    assert str(store) == url


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://core:hunter2@/core",
        "postgresql:///core?password=hunter2",
        "postgresql:///core?sslpassword=hunter2",
        "postgresql:///core#?password=hunter2",
        "postgresql://core?dbname=core:hunter2@db.example/core",
        "postgresql://core:hunter2/x@db.example/core",
        "postgresql:///?host=hunter2",
    ],
)
def test_a_password_or_no_database_is_refused_without_repeating_the_url(tmp_path: Path, url: str) -> None:
    with pytest.raises(RenkeiError, match="bad-configuration") as caught:
        load(written(tmp_path, url), Config)
    assert "store" in caught.value.detail
    assert "hunter2" not in caught.value.detail


@pytest.mark.parametrize("text", ["", "5"])
def test_what_is_neither_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "system.toml"
    file.write_text(f"store = {text or chr(34) * 2}\n")
    with pytest.raises(RenkeiError, match="store"):
        load(file, Config)


def test_stores_are_values() -> None:
    assert len({Store("postgresql:///a"), Store("postgresql:///a"), Store(Path("/a"))}) == 2
