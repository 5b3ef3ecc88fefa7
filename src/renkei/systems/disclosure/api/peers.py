"""The two systems that the disclosure system asks: the core behind its interface, and residents."""

from collections.abc import Callable, Sequence
from typing import Final

from renkei.messages.acquisition import AcquisitionResult, AcquisitionResults, CardRequest, CardRequests
from renkei.messages.directory import Directory
from renkei.messages.envelope import Label
from renkei.messages.records import RecordsReplies, RecordsReply, RecordsRequest, RecordsRequests
from renkei.platform.peers.batches import Batches
from renkei.platform.peers.client import Client, Target
from renkei.platform.peers.mail import Mail
from renkei.systems.disclosure.api.letters import Letters
from renkei.terms.bodies import CORE, DISCLOSURE, Role, SystemName
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

PER_CALL: Final = 100
"""As many as `RecordsRequests` takes."""


def own_interface(directory: Directory) -> SystemName:
    """The interface system that the directory names for the disclosure system; raises UNKNOWN_BODY."""
    for body in directory.bodies:
        if body.id == DISCLOSURE:
            return body.interface
    raise RenkeiError(Problem.UNKNOWN_BODY, DISCLOSURE)


def _interface(directory: Directory) -> Target:
    name = own_interface(directory)
    for system in directory.systems:
        if system.name == name and system.role is Role.INTERFACE:
            return Target(system.url, Role.INTERFACE, name)
    raise RenkeiError(Problem.BAD_DIRECTORY, f"no interface {name}")


class CoreThroughInterface:
    """The port `Core`: one sealed letter for all citizens who ask while the last one is under way."""

    def __init__(self, mail: Mail, letters: Letters, directory: Callable[[], Directory]) -> None:
        self._mail = mail
        self._letters = letters
        self._directory = directory
        self._batches: Batches[RecordsRequest, RecordsReply] = Batches(self._send, PER_CALL)

    async def records(self, request: RecordsRequest) -> RecordsReply:
        return await self._batches.ask(request)

    async def start(self) -> None:
        """Nothing to do: a letter is written when somebody asks."""

    async def stop(self) -> None:
        await self._batches.stop()

    async def _send(self, requests: Sequence[RecordsRequest]) -> Sequence[RecordsReply]:
        letter = self._letters.write(Label.RECORDS, RecordsRequests(requests=tuple(requests)))
        reply = await self._mail.send(_interface(self._directory()), SystemName(CORE), letter)
        read = self._letters.read(reply, Label.RECORD_REPLIES, RecordsReplies, letter.header.message)
        # One person's records must never reach another: each reply names its question.
        if [each.request for each in read.replies] != [each.request for each in requests]:
            raise RenkeiError(Problem.BAD_ENVELOPE, "replies do not match the requests")
        return read.replies


class ResidentsDoor:
    """The port `Residents`: the card goes there and comes back as nothing but yes or no (命令41条の2)."""

    def __init__(self, client: Client, target: Target) -> None:
        self._client = client
        self._target = target
        self._batches: Batches[CardRequest, AcquisitionResult] = Batches(self._send, PER_CALL)

    async def acquire(self, request: CardRequest) -> AcquisitionResult:
        return await self._batches.ask(request)

    async def start(self) -> None:
        """Nothing to do."""

    async def stop(self) -> None:
        await self._batches.stop()

    async def _send(self, requests: Sequence[CardRequest]) -> Sequence[AcquisitionResult]:
        message = CardRequests(requests=tuple(requests))
        reply = await self._client.send(self._target, "/v1/acquisitions/card", message, AcquisitionResults)
        if [each.acquisition for each in reply.results] != [each.acquisition for each in requests]:
            raise RenkeiError(Problem.MALFORMED, "results do not match the requests")
        return reply.results
