"""Where a store is: one setting, `store = "path/to/file.sqlite3"` or `store = "postgresql:///name?host=/socket/dir"`."""

from pathlib import Path
from typing import Final, Self
from urllib.parse import parse_qsl, urlsplit

_SCHEMES: Final = ("postgresql", "postgres")


class Store:
    """A file of SQLite (Path), or the URL of a PostgreSQL database (text), which never holds a password. A value.

    No dataclass: configuration would then expect a table, not a text.
    """

    __slots__ = ("address",)

    def __init__(self, address: Path | str) -> None:
        self.address = address

    @classmethod
    def parse(cls, text: str, folder: Path) -> Self:
        """Read the setting; a path is relative to the folder.

        Raises:
            ValueError: a password in the URL, or a place where one could hide, or no database named; the text is not
                repeated.
        """
        if text.partition(":")[0] not in _SCHEMES:
            return cls(folder / text)
        url = urlsplit(text)
        # Where this reader and the database's own would cut the text otherwise, a password could hide.
        if url.fragment or "#" in text or "@" in url.path + url.query:
            raise ValueError("in a store's URL # is written as %23, and @ behind the host as %40")
        names = {name for name, _ in parse_qsl(url.query)}
        if url.password is not None or {"password", "sslpassword"} & names:
            raise ValueError("a password does not stand in a store's URL: use PGPASSFILE or a service file")
        if not url.path.strip("/") and not {"dbname", "service"} & names:
            raise ValueError("the store's URL names no database")
        return cls(text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Store) and self.address == other.address

    def __hash__(self) -> int:
        return hash(self.address)

    def __repr__(self) -> str:
        return f"Store({self.address!r})"

    def __str__(self) -> str:
        return str(self.address)
