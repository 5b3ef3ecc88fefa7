"""The core: looks up the permission, converts the code, commits the record, signs a permit, tells the provider."""

import hashlib
import json
import time
from typing import Final

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import FastAPI, HTTPException
from sqlalchemy.exc import IntegrityError

from bench.peers import tables
from bench.peers.messages import Asked, Done, Notice, Permitted, Report
from bench.peers.parts import Parts
from bench.peers.settings import CATEGORIES, Settings
from renkei.crypto.blocks import Permutation
from renkei.law.list import PermissionList
from renkei.law.rows import Row

VALID_S: Final = 7 * 86_400
Permissions = dict[tuple[str, str, str, str], Row]
"""By item, kind and the two categories."""


def permissions_now() -> Permissions:
    """The rows of Renkei's own list that hold today."""
    return {
        (row.item, kind, inquirer, provider): row
        for row in PermissionList.load().rows
        if row.valid_until is None
        for kind in row.kinds
        for inquirer in row.inquirers
        for provider in row.providers
    }


class Core:
    def __init__(self, settings: Settings, parts: Parts) -> None:
        self._parts = parts
        self._notices = settings.urls["interface_b"] + "/notices"
        self._signing = Ed25519PrivateKey.from_private_bytes(settings.key("signing"))
        self._records = Permutation(settings.key("record"))
        self._bodies = {body: Permutation(settings.key(body)) for body in CATEGORIES}
        self._permissions = permissions_now()

    async def permit(self, asked: Asked) -> Permitted:
        row = self._permitted(asked)
        link = self._bodies[asked.inquirer].undo(bytes.fromhex(asked.code))
        held = await self._parts.store.read(tables.HOLDERS, link=link, inquirer=asked.inquirer, provider=asked.provider)
        if len(held) < 2:
            raise HTTPException(403, "no code for this person")
        code = self._bodies[asked.provider].do(link)
        now = time.time()
        permit = self._sign(asked, code, int(now))
        try:
            await self._parts.store.write(
                tables.PERMIT,
                **asked.model_dump(exclude={"code", "items"}),
                items=json.dumps(asked.items),
                record_code=self._records.do(link),
                article=row.article,
                permit=permit,
                permitted_at_ms=int(now * 1_000),
            )
        except IntegrityError:
            raise HTTPException(409, "this inquiry is known") from None
        self._parts.soon(self._tell(Notice(permit=permit, code=code.hex())))
        return Permitted(inquiry=asked.inquiry, permit=permit)

    async def provided(self, report: Report) -> Done:
        await self._parts.store.write(
            tables.PROVIDED, key=report.inquiry, outcome=report.outcome, provided_at_ms=report.at_ms
        )
        return Done(inquiry=report.inquiry)

    def _permitted(self, asked: Asked) -> Row:
        sides = CATEGORIES.get(asked.inquirer, ""), CATEGORIES.get(asked.provider, "")
        row = self._permissions.get((asked.item, asked.kind, *sides))
        if row is None:
            raise HTTPException(403, "the law does not permit this inquiry")
        return row

    def _sign(self, asked: Asked, code: bytes, now_s: int) -> str:
        claims = {
            "iss": "core",
            "jti": asked.inquiry,
            "iat": now_s,
            "exp": now_s + VALID_S,
            "aud": asked.provider,
            "inquirer": asked.inquirer,
            "item": asked.item,
            "kind": asked.kind,
            "items": asked.items,
            "unit": asked.unit,
            "code": hashlib.sha256(code).hexdigest(),
        }
        return jwt.encode(claims, self._signing, algorithm="EdDSA")

    async def _tell(self, notice: Notice) -> None:
        await self._parts.send(self._notices, notice)


def build(app: FastAPI, settings: Settings, parts: Parts) -> None:
    core = Core(settings, parts)
    app.post("/inquiries")(core.permit)
    app.post("/reports")(core.provided)
