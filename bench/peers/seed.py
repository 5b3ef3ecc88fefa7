"""Persons in the three stores: a code at the inquirer, issued codes at the core, a replica at the provider."""

import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Table, insert

from bench.peers.settings import INQUIRER, PROVIDER, Role, Settings
from bench.peers.store import emptied
from bench.peers.tables import ISSUED, PERSON, REPLICA
from renkei.crypto.blocks import Permutation, split

PART: Final = 10_000


def fill(settings: Mapping[Role, Settings], addressees: Sequence[str], kind: str, content: Mapping[str, str]) -> None:
    """Make the tables and the rows of every person; link codes are random, as they look."""
    inquirer, provider = (Permutation(settings["core"].key(body)) for body in (INQUIRER, PROVIDER))
    blocks = secrets.token_bytes(16 * len(addressees))
    links = split(blocks)
    text = json.dumps(dict(content))
    asking, holding = split(inquirer.do(blocks)), split(provider.do(blocks))
    pairs = zip(addressees, asking, strict=True)
    _write(settings["inquirer"], PERSON, [{"addressee": each, "code": code} for each, code in pairs])
    _write(settings["core"], ISSUED, [{"link": link, "body": body} for link in links for body in (INQUIRER, PROVIDER)])
    _write(settings["provider"], REPLICA, [{"code": code, "kind": kind, "content": text} for code in holding])


def _write(settings: Settings, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    assert settings.store is not None
    engine = emptied(settings.store, settings.role)
    try:
        table.metadata.create_all(engine)
        with engine.begin() as connection:
            for part in _parts(rows):
                connection.execute(insert(table), part)
    finally:
        engine.dispose()


def _parts(rows: Sequence[dict[str, Any]]) -> Iterable[Sequence[dict[str, Any]]]:
    return (rows[first : first + PART] for first in range(0, len(rows), PART))
