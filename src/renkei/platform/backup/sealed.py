"""The sealed file: a head in clear, which says what it is and is bound to the rest, then the stream in pieces.

Layout: magic `RENKEIBK`, version 1, salt (32), length of the manifest (4), the manifest (JSON), the pieces
(`renkei.crypto.stream`). The manifest holds nothing secret: a log's size and root are public.
"""

import base64
import binascii
import os
import stat
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Annotated, Final

import msgspec

from renkei.crypto import stream
from renkei.platform.entropy import system_entropy
from renkei.terms.affairs import InstantMs
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

_HEAD: Final = struct.Struct(">8sB32sI")
_MAGIC: Final = b"RENKEIBK"
_VERSION: Final = 1
_LONGEST_MANIFEST: Final = 65_536
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


class LogHead(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the core's log stood: its name, its leaves, its root in base64."""

    origin: str
    size: int
    root: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a sealed file is."""

    name: str
    """The system whose store it is; or the name of a file of PostgreSQL's."""
    form: str
    """`sqlite`: a whole store. `file`: any file."""
    taken_at_ms: Annotated[int, msgspec.Meta(ge=0)]
    schema: tuple[str, ...] = ()
    """The migrations that the store had."""
    log: LogHead | None = None

    @property
    def taken_at(self) -> InstantMs:
        return InstantMs(self.taken_at_ms)


def make_key(path: Path) -> None:
    """A new random key in a new file, for the owner alone."""
    with new_file(path) as file:
        file.write(base64.b64encode(system_entropy(stream.KEY_BYTES)) + b"\n")


def read_key(path: Path) -> bytes:
    """The key of a file that `make_key` made; refused when others than the owner may read it."""
    try:
        if path.stat().st_mode & _OTHERS:
            raise RenkeiError(Problem.BAD_CONFIGURATION, f"{path}: readable by others; chmod 600 it")
        key = base64.b64decode(path.read_bytes().strip(), validate=True)
    except OSError as error:
        raise RenkeiError(Problem.BAD_CONFIGURATION, f"{path}: {error.strerror}") from None
    except binascii.Error:
        key = b""
    if len(key) != stream.KEY_BYTES:
        raise RenkeiError(Problem.BAD_CONFIGURATION, f"{path}: not a key of `renkei backup key`")
    return key


@contextmanager
def new_file(path: Path) -> Iterator[IO[bytes]]:
    """A file for the owner alone that stands at `path` whole and durable, or not at all; never in another's place.

    Raises:
        RenkeiError: BAD_CONFIGURATION: there is one already, or it cannot be written.
    """
    fresh = path.with_name(f".{path.name}.{system_entropy(6).hex()}.new")
    try:
        with open(fresh, "xb", opener=_private) as file:  # pathlib has no opener
            yield file
            file.flush()
            os.fsync(file.fileno())
        path.hardlink_to(fresh)  # unlike a rename it takes nobody's place
        sync_folder(path.parent)
    except FileExistsError:
        raise RenkeiError(Problem.BAD_CONFIGURATION, f"{path}: is there already; nothing was changed") from None
    except OSError as error:
        raise RenkeiError(Problem.BAD_CONFIGURATION, f"{path}: {error.strerror}") from None
    finally:
        with suppress(OSError):
            fresh.unlink()


def sync_folder(folder: Path) -> None:
    """Make names in it durable."""
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def seal_into(target: IO[bytes], key: bytes, manifest: Manifest, source: IO[bytes]) -> None:
    """Write the whole sealed file; memory stays flat."""
    told = msgspec.json.encode(manifest)
    assert len(told) <= _LONGEST_MANIFEST
    salt = system_entropy(stream.SALT_BYTES)
    head = _HEAD.pack(_MAGIC, _VERSION, salt, len(told)) + told
    target.write(head)
    for piece in stream.seal(key, salt, head, source.read):
        target.write(piece)


def read_manifest(path: Path) -> Manifest:
    """What the file says it is. Not proven before the file has been opened."""
    with _reading(path) as file:
        return _head(file)[2]


def open_into(target: IO[bytes], key: bytes, path: Path) -> Manifest:
    """Write what was sealed. **It holds only if this returns**: until then the target may be cut short.

    Raises:
        RenkeiError: BAD_STORE: torn, altered, or of another key.
    """
    with _reading(path) as file:
        head, salt, manifest = _head(file)
        for piece in stream.open_pieces(key, salt, head, file.read):
            target.write(piece)
        return manifest


def open_file(source: Path, target: Path, key: bytes, name: str) -> None:
    """A sealed file of that name, opened into a new file, whole or not at all; raises what `open_into` raises."""
    with new_file(target) as file:
        manifest = open_into(file, key, source)
        if (manifest.name, manifest.form) != (name, "file"):
            raise RenkeiError(Problem.BAD_STORE, f"{source}: is {manifest.name} ({manifest.form}), not {name}")


def _head(file: IO[bytes]) -> tuple[bytes, bytes, Manifest]:
    try:
        fixed = file.read(_HEAD.size)
        magic, version, salt, length = _HEAD.unpack(fixed)
        if (magic, version) != (_MAGIC, _VERSION) or length > _LONGEST_MANIFEST:
            raise RenkeiError(Problem.BAD_STORE, f"{file.name}: not a sealed file of ours")
        told = file.read(length)
        return fixed + told, salt, msgspec.json.decode(told, type=Manifest)
    except (struct.error, msgspec.MsgspecError, UnicodeDecodeError):
        raise RenkeiError(Problem.BAD_STORE, f"{file.name}: not a sealed file of ours") from None


@contextmanager
def _reading(path: Path) -> Iterator[IO[bytes]]:
    try:
        with path.open("rb") as file:
            yield file
    except OSError as error:
        raise RenkeiError(Problem.BAD_CONFIGURATION, f"{path}: {error.strerror}") from None


def _private(name: str | os.PathLike[str], flags: int) -> int:
    return os.open(name, flags, 0o600)
