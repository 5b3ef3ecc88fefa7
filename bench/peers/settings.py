"""What a process of the peer is told when it starts, as one JSON file."""

from pathlib import Path
from typing import Final, Literal, get_args

from pydantic import BaseModel

ClientName = Literal["httpx", "aiohttp"]
CLIENTS: Final[tuple[ClientName, ...]] = get_args(ClientName)
Role = Literal["inquirer", "interface_a", "core", "interface_b", "provider"]
ROLES: Final[tuple[Role, ...]] = get_args(Role)
INQUIRER: Final = "131016"
PROVIDER: Final = "141305"
CATEGORIES: Final = {INQUIRER: "municipal-mayor", PROVIDER: "municipal-mayor"}


class TlsFiles(BaseModel, frozen=True):
    certificate: Path
    key: Path
    authority: Path


class Settings(BaseModel, frozen=True):
    role: Role
    client: ClientName
    tls: TlsFiles
    store: str | None
    """URL of this process's database; the interfaces have none."""
    urls: dict[Role, str]
    secrets: dict[str, str]
    """Keys of this role, in hex."""

    def key(self, name: str) -> bytes:
        return bytes.fromhex(self.secrets[name])
