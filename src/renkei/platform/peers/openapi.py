"""OpenAPI 3.1: the description of doors, made from the same table that opens them, so it cannot say anything else."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from renkei.messages.codec import Message
from renkei.platform.peers.doors import DOOR_BYTES, Door, Handler, Incoming
from renkei.platform.peers.problems import CONTENT_TYPE, PROBLEM_PREFIX, STATUS, ProblemDocument
from renkei.terms import problems
from renkei.terms.bodies import Role
from renkei.terms.codes import AcquisitionNumber
from renkei.terms.numbers import Number
from renkei.terms.secrets import Secret

OPENAPI_VERSION: Final = "3.1.0"
_JSON: Final = "application/json"
_TEMPLATE: Final = "#/components/schemas/{name}"
_GUARD: Final = r"(?!\n)"
_SCHEME: Final = "mutualTls"


@dataclass(frozen=True, slots=True)
class Described:
    """One door and what its callers should know of it. `name` is its operationId."""

    name: str
    path: str
    request: type[Message]
    reply: type[Message]
    summary_ja: str
    summary_en: str
    limit_bytes: int = DOOR_BYTES

    def door(self, roles: frozenset[Role], handler: Handler) -> Door:
        """The door itself: POST, its request type, its limit."""
        return Door("POST", self.path, self.request, roles, handler, limit_bytes=self.limit_bytes)


@dataclass(frozen=True, slots=True)
class DescribedFile:
    """A door for a whole file: one that comes (`reply` answers it), or one that goes (`reply` is None)."""

    name: str
    method: str
    path: str
    query: Mapping[str, str]
    """Its query, with what each key means."""
    forms: Sequence[str]
    """The file's media types."""
    reply: type[Message] | None
    summary_ja: str
    summary_en: str
    limit_bytes: int = DOOR_BYTES

    def door(self, roles: frozenset[Role], handler: Handler) -> Door:
        """The door itself."""
        request = None if self.reply is None else Incoming
        query = frozenset(self.query)
        return Door(self.method, self.path, request, roles, handler, limit_bytes=self.limit_bytes, query=query)


@dataclass(frozen=True, slots=True)
class Interface:
    """What stands at the head of the description."""

    title: str
    version: str
    description: str
    certificate: str
    """Which client certificate the doors want."""


def render(interface: Interface, described: Sequence[Described], files: Sequence[DescribedFile] = ()) -> bytes:
    """The description as JSON, the same bytes for the same doors."""
    return (json.dumps(document(interface, described, files), ensure_ascii=False, indent=2) + "\n").encode()


def document(
    interface: Interface, described: Sequence[Described], files: Sequence[DescribedFile] = ()
) -> dict[str, Any]:
    """The description as plain values."""
    kinds: dict[type, None] = dict.fromkeys(kind for each in described for kind in (each.request, each.reply))
    kinds |= dict.fromkeys(each.reply for each in files if each.reply is not None)
    found, components = msgspec.json.schema_components(
        [*kinds, ProblemDocument], schema_hook=_schema_of, ref_template=_TEMPLATE
    )
    references = dict(zip([*kinds, ProblemDocument], found, strict=True))
    return {
        "openapi": OPENAPI_VERSION,
        "jsonSchemaDialect": "https://spec.openapis.org/oas/3.1/dialect/base",
        "info": {"title": interface.title, "version": interface.version, "description": interface.description},
        "servers": [{"url": "/"}],
        "security": [{_SCHEME: []}],
        "paths": {each.path: {"post": _operation(each, references)} for each in described}
        | {each.path: {each.method.lower(): _file_operation(each, references)} for each in files},
        "components": {
            "schemas": {name: _ecma(components[name]) for name in sorted(components)},
            "responses": {"Problem": _problem(references)},
            "securitySchemes": {_SCHEME: {"type": "mutualTLS", "description": interface.certificate}},
        },
    }


def _operation(each: Described, references: Mapping[type, dict[str, Any]]) -> dict[str, Any]:
    return {
        "operationId": each.name,
        "summary": each.summary_ja,
        "description": f"{each.summary_en} At most {each.limit_bytes:,} bytes.",
        "requestBody": {"required": True, "content": {_JSON: {"schema": references[each.request]}}},
        "responses": {
            "200": {
                "description": _first_line(each.reply),
                "content": {_JSON: {"schema": references[each.reply]}},
            },
            "default": {"$ref": "#/components/responses/Problem"},
        },
    }


def _file_operation(each: DescribedFile, references: Mapping[type, dict[str, Any]]) -> dict[str, Any]:
    named = [found.group(1) for found in re.finditer(r"\{([a-z_]+)\}", each.path)]
    parameters = [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in named] + [
        {"name": name, "in": "query", "description": words, "schema": {"type": "string"}}
        for name, words in each.query.items()
    ]
    file = {form: {"schema": {"type": "string"}} for form in each.forms}
    said = {"operationId": each.name, "summary": each.summary_ja, "description": each.summary_en}
    failed = {"$ref": "#/components/responses/Problem"}
    if each.reply is None:
        replies = {"200": {"description": "The file.", "content": file}, "default": failed}
        return {**said, "parameters": parameters, "responses": replies}
    said["description"] += f" At most {each.limit_bytes:,} bytes."
    content = {_JSON: {"schema": references[each.reply]}}
    return {
        **said,
        "parameters": parameters,
        "requestBody": {"required": True, "content": file},
        "responses": {"200": {"description": _first_line(each.reply), "content": content}, "default": failed},
    }


def _problem(references: Mapping[type, dict[str, Any]]) -> dict[str, Any]:
    return {
        "description": "The message was turned away (RFC 9457); `x-problems` lists every type.",
        "headers": {
            "Retry-After": {
                "description": "Seconds, with status 503: repeat then, with the same id.",
                "schema": {"type": "integer"},
            }
        },
        "content": {CONTENT_TYPE: {"schema": references[ProblemDocument]}},
        "x-problems": [
            {"type": PROBLEM_PREFIX + each.value, "status": STATUS[each], "title": said.ja, "title_en": said.en}
            for each, said in problems.SENTENCES.items()
        ],
    }


def _schema_of(kind: type) -> dict[str, Any]:
    """Types of ours that travel as text."""
    if not issubclass(kind, Secret):
        raise NotImplementedError(kind)
    schema: dict[str, Any] = {"type": "string", "description": _first_line(kind)}
    if issubclass(kind, Number):
        schema["pattern"] = f"^[0-9]{{{kind.LENGTH}}}$"
    elif issubclass(kind, AcquisitionNumber):
        schema["pattern"] = "^[0-9a-f]{32}$"
    return schema


def _ecma(schema: Any) -> Any:  # noqa: ANN401  # any part of a JSON Schema
    """Patterns as ECMA-262 reads them: there `$` is the end of the text, so the guard that Python needs goes."""
    match schema:
        case dict():
            return {
                key: value.removesuffix(_GUARD) if key == "pattern" and isinstance(value, str) else _ecma(value)
                for key, value in schema.items()
            }
        case list():
            return [_ecma(each) for each in schema]
        case _:
            return schema


def _first_line(kind: type) -> str:
    return (kind.__doc__ or "").strip().partition("\n")[0]
