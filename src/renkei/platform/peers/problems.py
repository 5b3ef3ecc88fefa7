"""Problem documents (RFC 9457): the one place where a problem or a refusal becomes HTTP."""

from collections.abc import Mapping
from typing import Final

import msgspec

from renkei.terms import problems, refusals
from renkei.terms.problems import Problem, Sentence
from renkei.terms.refusals import Reason

CONTENT_TYPE: Final = "application/problem+json"
PROBLEM_PREFIX: Final = "urn:renkei:problem:"
REFUSAL_PREFIX: Final = "urn:renkei:refusal:"

STATUS: Final[Mapping[Problem, int]] = {
    Problem.MALFORMED: 400,
    Problem.TOO_LARGE: 413,
    Problem.TOO_MANY: 413,
    Problem.UNKNOWN_FIELD: 400,
    Problem.WRONG_TYPE: 400,
    Problem.WRONG_VERSION: 400,
    Problem.BAD_NUMBER: 422,
    Problem.BAD_CODE: 422,
    Problem.NO_CERTIFICATE: 401,
    Problem.WRONG_CERTIFICATE: 403,
    Problem.REVOKED_CERTIFICATE: 403,
    Problem.WRONG_ROLE: 403,
    Problem.UNKNOWN_DOOR: 404,
    Problem.UNKNOWN_BODY: 404,
    Problem.UNKNOWN_ADDRESSEE: 404,
    Problem.UNKNOWN_NUMBER: 404,
    Problem.UNKNOWN_INQUIRY: 404,
    Problem.UNKNOWN_JOB: 404,
    Problem.NO_CODE_YET: 409,
    Problem.REPEATED_OTHERWISE: 409,
    Problem.DATED_AHEAD: 409,
    Problem.WRONG_STATE: 409,
    Problem.BAD_ENVELOPE: 422,
    Problem.BAD_RECEIPT: 422,
    Problem.OTHER_LOG: 422,
    Problem.OLD_DIRECTORY: 409,
    Problem.BAD_DIRECTORY: 422,
    Problem.BAD_CONFIGURATION: 500,
    Problem.BAD_STORE: 500,
    Problem.LOG_NOT_OPEN: 503,
    Problem.UNREACHABLE: 503,
    Problem.BUSY: 503,
}
REFUSAL_STATUS: Final = 403
"""A refusal by law. Inside a list it is a value like every other outcome; alone it is this."""

RETRY_AFTER_S: Final = 1
"""What a reply with status 503 asks for (RFC 9110 §10.2.3): as long as no moment is known, soon, and not at once."""

_UNFORESEEN: Final = Sentence(
    "システム内部で予期しない誤りが起きました。",
    "Something unforeseen went wrong inside the system.",
    "同じ番号のまま再送できます。続くときは運用担当者に instance を伝えてください。",
    "It is safe to repeat with the same id. If it stays so, tell the operator the instance.",
)


class ProblemDocument(msgspec.Struct, frozen=True, kw_only=True):
    """RFC 9457 §3.1, with the sentences for people in two languages. `detail` says where, never which value."""

    type: str
    title: str
    title_en: str
    status: int
    detail: str
    next: str
    next_en: str
    instance: str

    def encode(self) -> bytes:
        return msgspec.json.encode(self)


def problem_document(problem: Problem, detail: str, instance: str) -> ProblemDocument:
    """The document for an entry of the closed list of problems."""
    sentence = problems.SENTENCES[problem]
    return _document(PROBLEM_PREFIX + problem.value, STATUS[problem], sentence, detail, instance)


def refusal_document(reason: Reason, detail: str = "", instance: str = "") -> ProblemDocument:
    """The document for a refusal by law."""
    sentence = refusals.SENTENCES[reason]
    return _document(REFUSAL_PREFIX + reason.value, REFUSAL_STATUS, sentence, detail, instance)


def unforeseen_document(instance: str) -> ProblemDocument:
    """The document for a programming error: nothing about it but the instance to ask for."""
    return _document("about:blank", 500, _UNFORESEEN, "", instance)


def read_document(body: bytes) -> ProblemDocument | None:
    """The document in a peer's reply; None where the reply is something else."""
    try:
        return msgspec.json.decode(body, type=ProblemDocument)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def problem_of(document: ProblemDocument) -> Problem | None:
    """The entry of our closed list that a document names; None for one that we do not know."""
    try:
        return Problem(document.type.removeprefix(PROBLEM_PREFIX))
    except ValueError:
        return None


def _document(kind: str, status: int, sentence: Sentence, detail: str, instance: str) -> ProblemDocument:
    return ProblemDocument(
        type=kind,
        title=sentence.ja,
        title_en=sentence.en,
        status=status,
        detail=detail,
        next=sentence.next_ja,
        next_en=sentence.next_en,
        instance=f"urn:renkei:instance:{instance}" if instance else "",
    )
