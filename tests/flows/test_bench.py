"""The benchmark as a user runs it, on two rows that need no network."""

import json
from pathlib import Path

from tests.flows.program import renkei


async def test_chosen_rows_are_measured_beside_floor_and_peer_and_written(tmp_path: Path) -> None:
    done = await renkei("bench", "convert", "log", "--quick", "--json", "--out", tmp_path)
    assert done.code == 0, done.err
    result = json.loads(done.out)
    assert list(result["rows"]) == ["convert", "log"]
    for row in result["rows"].values():
        first = row["figures"][0]
        assert first["median"] > 0
        assert first["met"] is not None
        assert first["floor"]["share"] > 0
        assert first["peers"][0]["ratio"] > 0
    (file,) = tmp_path.glob("*.json")
    assert json.loads(file.read_text()) == result
    assert "convert: code conversion" in done.err
    assert file.with_suffix(".svg").read_bytes().startswith(b"<?xml")


async def test_an_unknown_row_is_answered_with_those_that_there_are() -> None:
    done = await renkei("bench", "everything")
    assert done.code == 2
    assert "no such row: everything; there are convert" in done.err
