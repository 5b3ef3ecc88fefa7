"""The provider's server: verifies the permit, finds the replica, seals the answer, commits, answers and reports."""

import asyncio
import hashlib
import json
import time
from base64 import b64encode
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from fastapi import FastAPI, HTTPException
from sqlalchemy.exc import IntegrityError

from bench.peers import tables
from bench.peers.messages import Answer, Done, Notice, Report, sealing_context
from bench.peers.parts import Parts
from bench.peers.settings import PROVIDER, Settings
from renkei.crypto.hpke import seal


class Provider:
    def __init__(self, settings: Settings, parts: Parts) -> None:
        self._parts = parts
        self._answers = settings.urls["interface_b"] + "/answers"
        self._reports = settings.urls["interface_b"] + "/reports"
        self._core = Ed25519PublicKey.from_public_bytes(settings.key("core"))
        self._inquirer = settings.key("inquirer")

    async def notice(self, notice: Notice) -> Done:
        claims = self._verified(notice)
        inquiry, code = claims["jti"], bytes.fromhex(notice.code)
        found = await self._parts.store.read(tables.REPLICA_OF, code=code, kind=claims["kind"])
        sealed = self._sealed(notice.permit, claims, found[0].content) if found else None
        at_ms = time.time_ns() // 1_000_000
        outcome = "provided" if found else "not-held"
        try:
            await self._parts.store.write(
                tables.PROVIDE,
                **{name: claims[name] for name in ("inquirer", "item", "kind")},
                items=json.dumps(claims["items"]),
                inquiry=inquiry,
                code=code,
                permit=notice.permit,
                outcome=outcome,
                provided_at_ms=at_ms,
            )
        except IntegrityError:
            raise HTTPException(409, "this inquiry is known") from None
        answer = Answer(inquiry=inquiry, permit=notice.permit, sealed=sealed)
        self._parts.soon(self._send(answer, Report(inquiry=inquiry, outcome=outcome, at_ms=at_ms)))
        return Done(inquiry=inquiry)

    def _verified(self, notice: Notice) -> dict[str, Any]:
        try:
            claims = jwt.decode(
                notice.permit,
                self._core,
                algorithms=["EdDSA"],
                audience=PROVIDER,
                issuer="core",
                options={"require": ["exp", "jti", "iat"]},
            )
        except jwt.InvalidTokenError as error:
            raise HTTPException(403, f"permit: {error}") from None
        if claims["code"] != hashlib.sha256(bytes.fromhex(notice.code)).hexdigest():
            raise HTTPException(403, "permit: another person's")
        return claims

    def _sealed(self, permit: str, claims: dict[str, Any], content: str) -> str:
        held = json.loads(content)
        asked = {name: held[name] for name in claims["items"] if name in held}
        context = sealing_context(claims["jti"], claims["inquirer"], permit)
        return b64encode(seal(self._inquirer, context, json.dumps(asked).encode())).decode()

    async def _send(self, answer: Answer, report: Report) -> None:
        await asyncio.gather(self._parts.send(self._answers, answer), self._parts.send(self._reports, report))


def build(app: FastAPI, settings: Settings, parts: Parts) -> None:
    app.post("/notices")(Provider(settings, parts).notice)
