"""`renkei bulk submit`: a file that would be refused whole is refused before a job is made for it."""

from pathlib import Path
from typing import cast

import msgspec
import pytest

from renkei.cli.bulk import _sent, check_file
from renkei.messages import jobs
from renkei.platform.peers.client import PeerRefusedError, PeerUnreachableError
from renkei.sandbox.bulk import Bulk
from renkei.terms.affairs import InstantMs
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

from .conftest import Run

HEAD = jobs.NewJob(request="r1", kind=jobs.JobKind.INQUIRIES)
JOB = "ab" * 16


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("rows.txt", b"addressee\n1\n", ".csv, .jsonl"),
        ("rows.csv", b"addressee,nope,item\n1,2,3\n", "Unknown column: nope; line 1, column 2"),
        ("rows.csv", b"item:x\n1\n", "Unknown column: item:x"),
        ("rows.csv", b"", "no head line"),
        ("rows.csv", b"addressee,addressee\n", "a column twice"),
        ("rows.csv", "宛名\n1\n".encode("cp932"), "not UTF-8, but Shift_JIS"),
        ("rows.csv", "addressee,unit\n1,税務課\n".encode("cp932"), "Save it as UTF-8."),
        ("rows.jsonl", '{"unit":"税務課"}\n'.encode("cp932"), "Save it as UTF-8."),
    ],
)
def test_a_wrong_file_is_refused_with_what_is_wrong(tmp_path: Path, name: str, content: bytes, told: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(RenkeiError) as caught:
        check_file(HEAD, tmp_path / name)
    assert str(tmp_path / name) in caught.value.detail
    assert told in caught.value.detail


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("rows.csv", "\ufeffaddressee,unit\r\n1,税務課\r\n".encode()),
        ("rows.CSV", b"addressee\n\xff\n2\n"),  # a broken row is told among the results
        ("rows.csv", b"addressee\n" + b"1\n" * 100_000),
        ("rows.csv", b"addressee,unit\n" + "1,税務課\n".encode() * 20_000),  # cut in the middle of a letter
        ("rows.jsonl", b'{"addressee":"1"}\nno json\n'),
    ],
)
def test_a_right_file_is_taken(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    check_file(HEAD, tmp_path / name)


def test_columns_of_items_are_known_for_replicas(tmp_path: Path) -> None:
    head = msgspec.structs.replace(HEAD, kind=jobs.JobKind.REPLICAS)
    file = tmp_path / "rows.csv"
    file.write_text("addressee,item:総所得金額\n")
    check_file(head, file)
    file.write_text("addressee,item:総所得金額,nope\n")
    with pytest.raises(RenkeiError, match="Unknown column: nope;"):
        check_file(head, file)


def test_no_server_is_asked_for_a_wrong_file(run: Run, tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("nope\n")
    result = run("bulk", "submit", tmp_path / "rows.csv", "--sandbox", tmp_path, "--as", "141003-mayor")
    assert result.exit_code == 2
    assert "知らない列: nope" in result.stderr


class Doors:
    """A server that refuses the rows."""

    def __init__(self, error: RenkeiError, state: jobs.JobState = jobs.JobState.OPEN) -> None:
        self._error = error
        self._state = state
        self.cancelled: list[str] = []

    async def send(self, _job: str, _file: Path) -> jobs.JobStatus:
        raise self._error

    async def status(self, job: str) -> jobs.JobStatus:
        counts = jobs.JobCounts()
        return jobs.JobStatus(
            job=job, request="r1", kind=HEAD.kind, state=self._state, rows=0, waiting=0, under_way=0, results=0,
            counts=counts, created_ms=InstantMs(0),
        )  # fmt: skip

    async def cancel(self, job: str) -> None:
        self.cancelled.append(job)


REFUSED = PeerRefusedError(Problem.MALFORMED, "line 1", 400)


@pytest.mark.parametrize(
    ("error", "state", "cancelled"),
    [
        (REFUSED, jobs.JobState.OPEN, [JOB]),
        (REFUSED, jobs.JobState.RUNNING, []),  # closed before: the same --request with another file
        (PeerUnreachableError(Problem.UNREACHABLE, "down"), jobs.JobState.OPEN, []),
    ],
)
async def test_a_job_whose_rows_are_refused_is_not_left_open(
    error: RenkeiError, state: jobs.JobState, cancelled: list[str]
) -> None:
    doors = Doors(error, state)
    with pytest.raises(RenkeiError):
        await _sent(cast("Bulk", doors), JOB, Path("rows.csv"))
    assert doors.cancelled == cancelled


def test_ctrl_c_says_how_to_go_on(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def pressed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("renkei.cli.bulk._submit", pressed)
    (tmp_path / "rows.csv").write_text("addressee\n1\n")
    where = ("--sandbox", tmp_path, "--as", "141003-mayor", "--request", "mine")
    result = run("bulk", "submit", tmp_path / "rows.csv", *where, "--wait")
    assert result.exit_code == 130
    assert "--request mine" in result.stderr
    assert f"renkei bulk cancel JOB --sandbox {tmp_path} --as 141003-mayor" in result.stderr
