"""docs/openapi.json: what the doors say of themselves, as checked in, as served, as the standard wants it."""

import json
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from renkei.messages.codec import Message, encode
from renkei.messages.line import Addressees, Inquiries, Replicas
from renkei.messages.residents import Resident
from renkei.platform.peers.openapi import Described, DescribedFile, Interface, document
from renkei.systems.intermediate.api import FILES, LINE_DOORS, description
from renkei.terms.bodies import AddresseeNumber
from renkei.terms.problems import Problem

from .intermediate_world import INQUIRY, REPLICA

CHECKED_IN = Path(__file__).parents[2] / "docs" / "openapi.json"
HINT = "write it anew: python -c 'from renkei.systems.intermediate.api import description as d; print(d().decode(), end=str())' > docs/openapi.json"


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    return json.loads(description())  # type: ignore[no-any-return]


def test_the_description_that_is_checked_in_is_the_one_that_is_served() -> None:
    assert CHECKED_IN.read_bytes() == description(), HINT


def test_the_description_is_sound_openapi_3_1(described: dict[str, Any]) -> None:
    assert described["openapi"] == "3.1.0"
    assert list(OpenAPIV31SpecValidator(described).iter_errors()) == []


def test_every_line_door_is_described_with_request_reply_and_problems(described: dict[str, Any]) -> None:
    assert set(described["paths"]) == {door.path for door in LINE_DOORS} | {file.path for file in FILES}
    for path in [door.path for door in LINE_DOORS]:
        methods = described["paths"][path]
        operation = methods["post"]
        assert operation["requestBody"]["content"]["application/json"]["schema"]["$ref"], path
        assert operation["responses"]["200"]["content"]["application/json"]["schema"]["$ref"], path
        assert operation["responses"]["default"] == {"$ref": "#/components/responses/Problem"}, path
    names = [operation["operationId"] for methods in described["paths"].values() for operation in methods.values()]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_door_for_files_is_described_with_its_forms_and_what_may_stand_in_its_address(
    described: dict[str, Any], file: DescribedFile
) -> None:
    operation = described["paths"][file.path][file.method.lower()]
    assert {(each["in"], each["name"]) for each in operation["parameters"]} == {
        ("path", "job"), *(("query", name) for name in file.query),
    }  # fmt: skip
    files = operation["responses"]["200"] if file.reply is None else operation["requestBody"]
    assert set(files["content"]) == {"text/csv", "application/x-ndjson"}
    assert operation["responses"]["default"] == {"$ref": "#/components/responses/Problem"}


def test_every_problem_is_listed_with_its_status(described: dict[str, Any]) -> None:
    listed = described["components"]["responses"]["Problem"]["x-problems"]
    assert [each["type"].rpartition(":")[2] for each in listed] == [each.value for each in Problem]
    assert all(400 <= each["status"] < 600 for each in listed)


def test_every_reference_leads_somewhere(described: dict[str, Any]) -> None:
    text = json.dumps(described)
    for name in {part.partition('"')[0] for part in text.split("#/components/schemas/")[1:]}:
        assert name in described["components"]["schemas"]


@pytest.mark.parametrize(
    "message",
    [
        Addressees(addressees=(AddresseeNumber("1"),), wait_ms=5),
        Replicas(replicas=(REPLICA,)),
        Inquiries(inquiries=(INQUIRY,)),
    ],
)
def test_a_message_that_the_codec_writes_fits_its_schema(described: dict[str, Any], message: Message) -> None:
    import jsonschema  # type: ignore[import-untyped]  # comes with the validator

    schema = {"$ref": f"#/components/schemas/{type(message).__name__}", "components": described["components"]}
    validator = jsonschema.Draft202012Validator(schema)
    good = json.loads(encode(message))
    assert list(validator.iter_errors(good)) == []
    assert list(validator.iter_errors(good | {"more": 1})) != []
    assert list(validator.iter_errors(good | {"v": 2})) != []


def test_numbers_that_travel_as_text_have_their_form() -> None:
    class Listed(Message, frozen=True):
        """A list."""

        residents: tuple[Resident, ...]

    door = Described("list", "/list", Listed, Listed, "名簿", "A list.")
    schemas = document(Interface("t", "1", "d", "c"), [door])["components"]["schemas"]
    fields = schemas["Resident"]["properties"]
    assert fields["number"]["pattern"] == "^[0-9]{12}$"
    assert fields["resident"]["pattern"] == "^[0-9]{11}$"
    assert fields["name"]["type"] == "string"


def test_a_type_that_is_no_message_of_ours_cannot_be_described() -> None:
    class Odd:
        pass

    class Strange(Message, frozen=True):
        """Strange."""

        odd: Odd

    with pytest.raises((TypeError, NotImplementedError)):
        document(Interface("t", "1", "d", "c"), [Described("s", "/s", Strange, Strange, "", "")])
