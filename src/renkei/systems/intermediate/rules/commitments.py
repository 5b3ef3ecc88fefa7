"""The commitments that a body can open: to its own code, and to the content of an answer (design 5, 6)."""

from typing import Final

from renkei.crypto.commit import commitment
from renkei.messages.codec import encode_mapping
from renkei.terms.codes import BodyCode
from renkei.terms.secrets import SecretText

INQUIRER: Final = "inquirer"
PROVIDER: Final = "provider"
CONTENT: Final = "content"


def opens_code(side: str, digest: bytes | None, salt: bytes | None, code: BodyCode) -> bool:
    """Whether the record's commitment on that side (`inquirer`, `provider`) is to this code."""
    return digest is not None and salt is not None and commitment(side, salt, code.text().encode()) == digest


def content_digest(salt: bytes, content: dict[str, SecretText]) -> bytes:
    """What provider and log commit to as the content of an answer: over its canonical bytes."""
    return commitment(CONTENT, salt, encode_mapping(content))
