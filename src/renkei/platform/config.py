"""Configuration: one TOML file per system, read once, every key known, every path resolved against the file.

Secrets do not stand in it. It names files: a key store's sealed file, and the file that holds the secret to unlock it.
"""

import stat
import tomllib
from functools import partial
from pathlib import Path
from typing import Annotated, Final, TypeVar

import msgspec

from renkei.platform.sql import Store
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO

Port = Annotated[int, msgspec.Meta(ge=0, le=65_535)]
Many = Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of every configuration struct: unknown keys are refused. Fields of type `Path` come out absolute.

    A field of type `Store` is a path too, or the URL of a PostgreSQL database.
    """


class Limits(Settings, frozen=True):
    """What one server process holds and does at once, in all and for each peer (docs/operate/limits.md)."""

    connections: Many = 8_192
    """In all. Beyond them operators alone come in, so that somebody can still look at `health`."""
    connections_each: Many = 2_048
    calls_each: Many = 1_024
    """Under way; a long poll is one for as long as it waits."""
    calls_each_second: Many = 5_000


class Listen(Settings, frozen=True):
    """Where a server listens. Port 0 lets the operating system choose."""

    port: Port
    host: str = "127.0.0.1"
    limits: Limits = Limits()

    @property
    def url(self) -> str:
        return f"https://{self.host}:{self.port}"


class Tls(Settings, frozen=True):
    """PEM files of one system's own identity and of the authorities it believes.

    `certificate` holds the leaf and the issuing certificates after it; `authorities` the root.
    """

    certificate: Path
    key: Path
    authorities: Path


class KeyFile(Settings, frozen=True):
    """A key store's sealed file and the file with the secret that unlocks it."""

    path: Path
    unlock: Path

    def sealed(self) -> bytes:
        """The sealed key store as it lies on disk."""
        return _bytes_of(self.path)

    def secret(self) -> bytes:
        """The unlocking secret; refused when others than the owner may read its file."""
        secret = _bytes_of(self.unlock)
        if self.unlock.stat().st_mode & _OTHERS:
            raise RenkeiError(Problem.BAD_CONFIGURATION, f"{self.unlock}: readable by others; chmod 600 it")
        return secret


S = TypeVar("S", bound=Settings)


def load(path: Path, kind: type[S]) -> S:
    """Read a configuration file strictly.

    Raises:
        RenkeiError: BAD_CONFIGURATION naming the file and the key: unreadable, not TOML, a key missing, unknown or of
            the wrong type.
    """
    file = path.resolve()
    try:
        table = tomllib.loads(_bytes_of(file).decode())
        return msgspec.convert(table, kind, dec_hook=partial(_resolve, file.parent))
    # ValueError: not TOML, not UTF-8, or a number of thousands of digits; RecursionError: thousands of brackets.
    except (ValueError, RecursionError, msgspec.ValidationError) as error:
        raise RenkeiError(Problem.BAD_CONFIGURATION, f"{file}: {error}") from None


def _resolve(folder: Path, kind: type, value: object) -> object:
    if isinstance(value, str) and value:
        if kind is Path:
            return folder / value
        if kind is Store:
            return Store.parse(value, folder)
    # A plain ValueError: msgspec adds the place, as it does not to errors of its own kind.
    raise ValueError(f"Expected a {kind.__name__.lower()}")


def _bytes_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise RenkeiError(Problem.BAD_CONFIGURATION, f"{path}: {error.strerror}") from None
