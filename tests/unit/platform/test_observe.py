"""Log lines: one JSON object each, plain fields only, nothing that a number or a code could slip into."""

import io
import json
import logging
from collections.abc import Iterator
from enum import Enum
from pathlib import Path

import pytest

from renkei.platform import observe
from renkei.platform.observe import JsonLines, event, failure
from renkei.terms.bodies import BodyId, Role
from renkei.terms.codes import AcquisitionNumber, BodyCode
from renkei.terms.errors import RenkeiError
from renkei.terms.numbers import CorporateNumber, IndividualNumber
from renkei.terms.problems import Problem
from renkei.terms.secrets import SecretText

SECRETS = [
    IndividualNumber.parse("123456789018"),
    CorporateNumber.parse("7000012050002"),
    BodyCode(BodyId("a"), 1, bytes(16)),
    AcquisitionNumber("0" * 32),
    SecretText("content"),
    b"bytes",
    {"a": 1},
    object(),
    [SecretText("content")],
]


class Odd(Enum):
    SECRET = SecretText("content")


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines("core"))
    root = logging.getLogger()
    ours = logging.getLogger("renkei")
    before = ours.level
    root.addHandler(handler)
    ours.setLevel(logging.INFO)
    yield stream
    root.removeHandler(handler)
    ours.setLevel(before)


def read(lines: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in lines.getvalue().splitlines()]


def test_an_event_is_one_line_with_its_fields(lines: io.StringIO) -> None:
    event("issued", role=Role.CORE, count=3, body=BodyId("141003-mayor"), path=Path("/a"), many=["x", None, 1.5, True])
    (line,) = read(lines)
    assert str(line.pop("at")).endswith("Z")
    assert line == {
        "level": "info",
        "system": "core",
        "event": "issued",
        "role": "core",
        "count": 3,
        "body": "141003-mayor",
        "path": "/a",
        "many": ["x", None, 1.5, True],
    }


@pytest.mark.parametrize("secret", [*SECRETS, Odd.SECRET], ids=lambda value: type(value).__name__)
def test_anything_that_is_not_plain_is_refused_as_a_bug_and_not_printed(secret: object, lines: io.StringIO) -> None:
    with pytest.raises(TypeError) as caught:
        event("leak", value=secret)  # type: ignore[arg-type]
    assert "content" not in str(caught.value)
    assert lines.getvalue() == ""


def test_a_line_stays_one_line_and_does_not_grow_without_end(lines: io.StringIO) -> None:
    event("long", text="a\nb" + "c" * 1_000)
    (line,) = read(lines)
    assert len(str(line["text"])) == 300


def test_broken_input_is_a_warning_with_problem_and_place(lines: io.StringIO) -> None:
    failure("refused", RenkeiError(Problem.BAD_CODE, "$.code"), door="/v1/inquiries")
    (line,) = read(lines)
    assert (line["level"], line["problem"], line["detail"]) == ("warning", "bad-code", "$.code")
    assert "frames" not in line


def test_a_programming_error_shows_its_frames_but_not_the_value_it_tripped_over(lines: io.StringIO) -> None:
    def trip() -> None:
        raise KeyError("123456789018")

    try:
        trip()
    except KeyError as error:
        failure("broken", error)
    (line,) = read(lines)
    assert (line["level"], line["error"]) == ("error", "KeyError")
    assert any("trip" in str(frame) for frame in list(line["frames"]))  # type: ignore[call-overload]
    assert "123456789018" not in lines.getvalue()


def test_errors_that_speak_of_code_and_files_say_so_and_name_their_cause(lines: io.StringIO) -> None:
    error = OSError(2, "No such file")
    error.__cause__ = ValueError("123456789018")
    failure("broken", error)
    (line,) = read(lines)
    assert line["says"] == "[Errno 2] No such file"
    assert line["cause"] == {"error": "ValueError", "frames": line["cause"]["frames"]}  # type: ignore[index]
    assert "123456789018" not in lines.getvalue()


def test_errors_that_are_each_others_cause_are_named_once(lines: io.StringIO) -> None:
    error, other = OSError(2, "No such file"), OSError(5, "Input/output error")
    error.__cause__, other.__cause__ = other, other
    failure("broken", error)
    other.__cause__ = error
    failure("broken", error)
    for line in read(lines):
        cause = line["cause"]
        assert isinstance(cause, dict)
        assert (line["says"], cause["says"]) == ("[Errno 2] No such file", "[Errno 5] Input/output error")
        assert "cause" not in cause


def test_a_librarys_line_keeps_its_format_and_loses_its_arguments(lines: io.StringIO) -> None:
    logging.getLogger("library").warning("cannot read %s", "123456789018")
    (line,) = read(lines)
    assert (line["event"], line["text"]) == ("library", "cannot read %s")


def test_configured_for_a_file_everything_goes_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "core.log"
    path.write_text('{"earlier":1}\n')
    root, ours = logging.getLogger(), logging.getLogger("renkei")
    handlers, level, our_level = root.handlers[:], root.level, ours.level
    try:
        observe.configure("core", path)
        event("begun")
        logging.getLogger("library").info("chatter")
    finally:
        for handler in root.handlers:
            handler.close()
        root.handlers[:] = handlers
        root.setLevel(level)
        ours.setLevel(our_level)
    assert [json.loads(line).get("event") for line in path.read_text().splitlines()] == [None, "begun"]
