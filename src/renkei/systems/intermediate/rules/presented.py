"""What a line system hands in, beyond what the message's types already hold (命令40条2項)."""

from collections.abc import Iterable

from renkei.messages.codec import encode
from renkei.messages.line import Inquiry, Replica
from renkei.terms.bodies import BodyId
from renkei.terms.codes import BodyCode, read_code_text
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem
from renkei.terms.secrets import SecretText

REPLICA_BYTES = 64 * 1024
"""One replica as JSON. An answer carries at most one, so this bounds what a batch of answers weighs."""


def check_inquiry(inquiry: Inquiry) -> None:
    """The person is named once, by addressee number or by code; raises WRONG_TYPE."""
    if (inquiry.addressee is None) == (inquiry.code is None):
        raise RenkeiError(Problem.WRONG_TYPE, "one of addressee and code")


def check_replica(replica: Replica, place: int) -> None:
    """Raises TOO_LARGE, naming the place in the list."""
    if len(encode(replica)) > REPLICA_BYTES:
        raise RenkeiError(Problem.TOO_LARGE, f"$.replicas[{place}]: at most {REPLICA_BYTES} bytes")


def read_presented(text: SecretText, own: BodyId, others: Iterable[BodyId]) -> BodyCode | None:
    """A code that a line system presents itself.

    Returns:
        The own code; or None for a code of another body, which goes on to the core all the same: it refuses it,
        records it and counts it as a sign of misuse (design 2).

    Raises:
        RenkeiError: BAD_CODE for a text whose check holds for nobody (a typing error): nothing is asked.
    """
    read_code_text(text.reveal())
    if _fits(text, own):
        return BodyCode.parse(text.reveal(), own)
    if any(_fits(text, other) for other in others):
        return None
    raise RenkeiError(Problem.BAD_CODE, "check")


def _fits(text: SecretText, owner: BodyId) -> bool:
    try:
        BodyCode.parse(text.reveal(), owner)
    except RenkeiError:
        return False
    return True
