"""Bytes on the wire: what a server answers to them, and the problem document in its answer."""

import asyncio
import json
import ssl

import pytest

from renkei.platform.config import Tls
from renkei.platform.peers.client import Client, PeerUnreachableError, Target
from renkei.platform.peers.problems import ProblemDocument
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

from .conftest import Word


async def raw(target: Target, tls: Tls, data: bytes, *, show: bool = True) -> bytes:
    """What the server answers to these very bytes; read until it closes."""
    context = ssl.create_default_context(cafile=str(tls.authorities))
    if show:
        context.load_cert_chain(tls.certificate, tls.key)
    host, _, port = target.base.removeprefix("https://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port), ssl=context)
    try:
        writer.write(data)
        await writer.drain()
        return await reader.read()
    finally:
        writer.close()


def post(body: bytes, *headers: str, path: str = "/v1/echo") -> bytes:
    lines = [f"POST {path} HTTP/1.1", "Host: localhost", "Connection: close", *headers]
    lines += [f"Content-Length: {len(body)}"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def document_in(answer: bytes) -> dict[str, object]:
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"Content-Type: application/problem+json" in head
    document: dict[str, object] = json.loads(body)
    assert set(document) == set(ProblemDocument.__struct_fields__)
    return document


def problem_in(answer: bytes) -> Problem:
    return Problem(str(document_in(answer)["type"]).removeprefix("urn:renkei:problem:"))


async def refused(client: Client, target: Target, path: str = "/v1/echo") -> Problem:
    with pytest.raises(RenkeiError) as caught:
        await client.send(target, path, Word(text="hello"), Word)
    error = caught.value
    against_us = error.against_us if isinstance(error, PeerUnreachableError) else None
    return against_us or error.problem
