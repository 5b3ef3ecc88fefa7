"""The inquirer's server: commits the question, asks the core, waits for the answer, commits it, gives the content."""

import asyncio
import json
import secrets
import time
from base64 import b64decode
from typing import Final

from cryptography.exceptions import InvalidTag
from fastapi import FastAPI, HTTPException
from sqlalchemy.exc import IntegrityError

from bench.peers import tables
from bench.peers.messages import Answer, Asked, Content, Contents, Done, Permitted, Question, Questions, sealing_context
from bench.peers.parts import Parts
from bench.peers.settings import INQUIRER, Settings
from renkei.crypto.hpke import SealError, open_sealed, private_from_seed

ANSWER_WITHIN_S: Final = 30.0
LIST_AT_ONCE: Final = 64
"""How many of the inquiries of lists are under way together."""


class Inquirer:
    def __init__(self, settings: Settings, parts: Parts) -> None:
        self._parts = parts
        self._core = settings.urls["interface_a"] + "/inquiries"
        self._private = private_from_seed(settings.key("sealing"))
        self._waiting: dict[str, asyncio.Future[tuple[Answer, dict[str, str] | None]]] = {}
        self._places = asyncio.Semaphore(LIST_AT_ONCE)

    async def ask(self, question: Question) -> Content:
        found = await self._parts.store.read(tables.CODE_OF, addressee=question.addressee)
        if not found:
            raise HTTPException(404, "no code for this person")
        inquiry = secrets.token_hex(16)
        await self._keep(inquiry, question)
        wait = self._waiting[inquiry] = asyncio.get_running_loop().create_future()
        try:
            asked = Asked(
                **question.model_dump(exclude={"request", "addressee"}),
                inquiry=inquiry,
                inquirer=INQUIRER,
                code=found[0].code.hex(),
            )
            permitted = Permitted.model_validate_json(await self._parts.send(self._core, asked))
            answer, content = await asyncio.wait_for(wait, ANSWER_WITHIN_S)
        except TimeoutError:
            raise HTTPException(504, "no answer yet") from None
        finally:
            del self._waiting[inquiry]
        if answer.permit != permitted.permit:
            raise HTTPException(502, "the answer is to another permit")
        state = "received" if content is not None else "not-held"
        return Content(request=question.request, inquiry=inquiry, state=state, content=content)

    async def ask_all(self, questions: Questions) -> Contents:
        async def one(question: Question) -> Content:
            async with self._places:
                return await self.ask(question)

        return Contents(contents=await asyncio.gather(*map(one, questions.inquiries)))

    async def answer(self, answer: Answer) -> Done:
        wait = self._waiting.get(answer.inquiry)
        content = self._opened(answer)
        text = None if content is None else json.dumps(content)
        await self._parts.store.write(
            tables.RECEIVE,
            key=answer.inquiry,
            state="received" if content is not None else "not-held",
            permit=answer.permit,
            content=text,
            received_at_ms=time.time_ns() // 1_000_000,
        )
        if wait is not None and not wait.done():
            wait.set_result((answer, content))
        return Done(inquiry=answer.inquiry)

    async def _keep(self, inquiry: str, question: Question) -> None:
        try:
            await self._parts.store.write(
                tables.ASK,
                **question.model_dump(exclude={"items"}),
                items=json.dumps(question.items),
                inquiry=inquiry,
                asked_at_ms=time.time_ns() // 1_000_000,
                state="asked",
            )
        except IntegrityError:
            raise HTTPException(409, "this request is known") from None

    def _opened(self, answer: Answer) -> dict[str, str] | None:
        if answer.sealed is None:
            return None
        context = sealing_context(answer.inquiry, INQUIRER, answer.permit)
        try:
            opened: dict[str, str] = json.loads(open_sealed(self._private, context, b64decode(answer.sealed)))
        except (SealError, InvalidTag, ValueError):
            raise HTTPException(400, "the answer does not open") from None
        return opened


def build(app: FastAPI, settings: Settings, parts: Parts) -> None:
    inquirer = Inquirer(settings, parts)
    app.post("/inquiries")(inquirer.ask)
    app.post("/inquiries/list")(inquirer.ask_all)
    app.post("/answers")(inquirer.answer)
