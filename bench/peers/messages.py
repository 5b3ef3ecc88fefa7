"""What passes between the processes, one model per body."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from bench.peers.settings import PROVIDER

Id = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
Text = Annotated[str, Field(min_length=1, max_length=64)]
Items = Annotated[list[Text], Field(min_length=1, max_length=100)]
Jwt = Annotated[str, Field(max_length=4_096)]


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Question(Model):
    """Line system to its server."""

    request: Id
    addressee: Text
    provider: Text
    item: Text
    kind: Text
    items: Items
    unit: Text


class Questions(Model):
    inquiries: Annotated[list[Question], Field(min_length=1, max_length=1_000)]


class Content(Model):
    """The server to its line system: what came of one inquiry."""

    request: Id
    inquiry: Id
    state: Text
    content: dict[str, str] | None


class Contents(Model):
    contents: list[Content]


class Asked(Model):
    """The inquirer's server to the core."""

    inquiry: Id
    inquirer: Text
    code: Id
    provider: Text
    item: Text
    kind: Text
    items: Items
    unit: Text


class Permitted(Model):
    inquiry: Id
    permit: Jwt


class Notice(Model):
    """The core to the provider's server."""

    permit: Jwt
    code: Id


class Answer(Model):
    """The provider's server to the inquirer's; `sealed` in base64, absent when nothing is held."""

    inquiry: Id
    permit: Jwt
    sealed: Annotated[str, Field(max_length=1_000_000)] | None


class Report(Model):
    """The provider's server to the core."""

    inquiry: Id
    outcome: Text
    at_ms: int


class Done(Model):
    inquiry: Id


def sealing_context(inquiry: str, inquirer: str, permit: str) -> bytes:
    """What a sealed answer is bound to."""
    return f"peer/answer/1\0{inquiry}\0{inquirer}\0{PROVIDER}\0{permit}".encode()
