"""The line doors of a running intermediate server, fed from their own description (docs/openapi.json) by schemathesis.

Tried: messages that fit the description, and messages that fit it but for one thing, at every door, over mutual TLS.
Demanded: what is described is what is answered; a problem document for what does not fit; never an error of ours.
Every run tries others; the seed stands with what is found, and RENKEI_SEED repeats it.
"""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
import pytest_asyncio
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from renkei.systems.intermediate.api import FILES, LINE_DOORS, description
from renkei.terms.bodies import Role
from tests.rooms.intermediate_world import KAWASAKI
from tests.rooms.test_intermediate_system import World

EXAMPLES = 25
"""Of each kind at each door."""
SEED = int(os.environ.get("RENKEI_SEED") or int.from_bytes(os.urandom(4), "big"))
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


def _unwrapped(found: Any) -> Any:
    return found.ok()


schema = schemathesis.openapi.from_dict(json.loads(description()))
operations: dict[str, Any] = {
    each.definition.raw["operationId"]: each for each in map(_unwrapped, schema.get_all_operations())
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    async with AsyncExitStack() as stack:
        made = World(tmp_path_factory.mktemp("described"), stack)
        await made.prepare()
        yield made


@pytest.fixture(scope="module")
def caller(world: World) -> Iterator[Callable[[Any], Any]]:
    """Sends a case as a line system of one body."""
    tls = world.identities.tls(Role.LINE, "line-fuzz", KAWASAKI)
    shown, trusted = (str(tls.certificate), str(tls.key)), str(tls.authorities)
    with requests.Session() as session:
        yield lambda case: case.call(
            base_url=world.target.base, session=session, timeout=20, cert=shown, verify=trusted
        )


def test_every_door_is_fed() -> None:
    assert operations.keys() == {each.name for each in LINE_DOORS} | {each.name for each in FILES}


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=lambda mode: mode.value)
@pytest.mark.parametrize("name", operations)
async def test_a_door_answers_as_it_is_described(caller: Callable[[Any], Any], name: str, mode: GenerationMode) -> None:
    checks = [*CHECKS, negative_data_rejection] if mode is GenerationMode.NEGATIVE else CHECKS

    @seed(SEED)
    @settings(
        max_examples=EXAMPLES,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operations[name].as_strategy(generation_mode=mode))
    def feed(case: Any) -> None:
        if isinstance(case.body, dict) and isinstance(case.body.get("wait_ms"), int):
            case.body["wait_ms"] = min(case.body["wait_ms"], 0)
        response = caller(case)
        # 413 says "too many" here; schemathesis does not know it for a refusal.
        case.validate_response(response, checks=CHECKS if response.status_code == 413 else checks)
        if response.status_code >= 400:
            assert response.headers["content-type"] == ["application/problem+json"], response.status_code
            assert response.json()["status"] == response.status_code

    try:
        await asyncio.to_thread(feed)
    except BaseException as error:
        error.add_note(f"RENKEI_SEED={SEED} repeats it")
        raise
