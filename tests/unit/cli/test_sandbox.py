"""`renkei sandbox status`: a network that runs and permits nothing is not told as one that is well."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from renkei.messages.log import CoreCounts
from renkei.sandbox.layout import SandboxFile
from renkei.sandbox.network import Network
from tests.unit.sandbox.test_layout import state

from .conftest import Run


class Running:
    """A network whose only system is a core with its log in some standing."""

    def __init__(self, log: str) -> None:
        self.state: SandboxFile = state()
        self._log = log

    def runs(self, _name: str) -> bool:
        return True

    async def log_standing(self) -> str:
        return self._log

    async def counts(self) -> CoreCounts:
        return CoreCounts(
            persons=1, codes_issued=1, records=0, events={}, refusals={}, non_disclosure=0, pending_notices=0,
            pending_codes=0, log_size=0, cosigned_size=0, misuse_signs=0,
        )  # fmt: skip


@pytest.mark.parametrize(
    ("log", "code", "ja", "en"),
    [
        ("agreed", 0, "ログ: 開いています", "The log is open"),
        ("waiting", 0, "確認を待っています", "waits for its witness"),
        ("behind", 1, "古い保管データ", "is behind what its witness has cosigned"),
        ("closed", 1, "この名前では閉じています", "closed under this name"),
    ],
)
def test_the_standing_of_the_log_is_told(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, log: str, code: int, ja: str, en: str
) -> None:
    @asynccontextmanager
    async def attach(_folder: Path) -> AsyncIterator[Running]:
        yield Running(log)

    monkeypatch.setattr(Network, "attach", attach)
    result = run("sandbox", "status", tmp_path)
    assert result.exit_code == code
    assert ja in result.stdout
    assert en in result.stdout
    assert json.loads(run("sandbox", "status", tmp_path, "--json").stdout)["log"] == log
