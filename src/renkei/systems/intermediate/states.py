"""The lives of what a body's intermediate server keeps, as tables; nothing else changes a state.

The diagrams in docs/states are drawn from `TABLES`.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Any, Final, TypeVar

from renkei.messages.fields import Outcome
from renkei.messages.jobs import JobState
from renkei.messages.line import CodeState, InquiryState
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem


class CodeEvent(Enum):
    """What happens to the acquisition of one person's code (法21条の2, 令27条)."""

    REQUEST = "request"
    DELIVER = "deliver"
    FAIL = "fail"


CODE: Final[Mapping[CodeState, Mapping[CodeEvent, CodeState]]] = {
    CodeState.NONE: {CodeEvent.REQUEST: CodeState.REQUESTED},
    CodeState.REQUESTED: {CodeEvent.DELIVER: CodeState.ACQUIRED, CodeEvent.FAIL: CodeState.FAILED},
    CodeState.ACQUIRED: {},
    CodeState.FAILED: {CodeEvent.REQUEST: CodeState.REQUESTED},
}


class InquiryEvent(Enum):
    """What the core decided, then what the provider answered."""

    PERMIT = "permit"
    REFUSE = "refuse"
    HOLD = "hold"
    PROVIDE = "provide"
    WITHHOLD = "withhold"
    NOT_HOLD = "not-hold"
    LAPSE = "lapse"


INQUIRY: Final[Mapping[InquiryState, Mapping[InquiryEvent, InquiryState]]] = {
    InquiryState.ASKED: {
        InquiryEvent.PERMIT: InquiryState.PERMITTED,
        InquiryEvent.REFUSE: InquiryState.REFUSED,
    },
    InquiryState.PERMITTED: {
        InquiryEvent.HOLD: InquiryState.HELD,
        InquiryEvent.PROVIDE: InquiryState.PROVIDED,
        InquiryEvent.WITHHOLD: InquiryState.WITHHELD,
        InquiryEvent.NOT_HOLD: InquiryState.NOT_HELD,
        InquiryEvent.LAPSE: InquiryState.LAPSED,
    },
    InquiryState.HELD: {
        InquiryEvent.PROVIDE: InquiryState.PROVIDED,
        InquiryEvent.WITHHOLD: InquiryState.WITHHELD,
        InquiryEvent.LAPSE: InquiryState.LAPSED,
    },
    InquiryState.REFUSED: {},
    InquiryState.PROVIDED: {},
    InquiryState.WITHHELD: {},
    InquiryState.NOT_HELD: {},
    InquiryState.LAPSED: {},
}
FINAL_INQUIRY: Final = frozenset(state for state, moves in INQUIRY.items() if not moves)

ANSWERED: Final[Mapping[Outcome, InquiryEvent]] = {
    Outcome.HELD: InquiryEvent.HOLD,
    Outcome.PROVIDED: InquiryEvent.PROVIDE,
    Outcome.WITHHELD: InquiryEvent.WITHHOLD,
    Outcome.NOT_HELD: InquiryEvent.NOT_HOLD,
    Outcome.LAPSED: InquiryEvent.LAPSE,
}


class ProvisionState(Enum):
    """One inquiry as its provider knows it (法22条)."""

    NOTIFIED = "notified"
    """Exists only inside the transaction that takes the notice: nothing is kept undecided."""
    REFUSED = "refused"
    HELD = "held"
    PROVIDED = "provided"
    WITHHELD = "withheld"
    NOT_HELD = "not-held"
    LAPSED = "lapsed"


class ProvisionEvent(Enum):
    """What the provider's server or clerk does with a notice."""

    REFUSE = "refuse"
    """The core refused the inquiry and says so, for the record."""
    HOLD = "hold"
    PROVIDE = "provide"
    WITHHOLD = "withhold"
    NOT_HOLD = "not-hold"
    LAPSE = "lapse"


PROVISION: Final[Mapping[ProvisionState, Mapping[ProvisionEvent, ProvisionState]]] = {
    ProvisionState.NOTIFIED: {
        ProvisionEvent.REFUSE: ProvisionState.REFUSED,
        ProvisionEvent.HOLD: ProvisionState.HELD,
        ProvisionEvent.PROVIDE: ProvisionState.PROVIDED,
        ProvisionEvent.NOT_HOLD: ProvisionState.NOT_HELD,
        ProvisionEvent.LAPSE: ProvisionState.LAPSED,
    },
    ProvisionState.HELD: {
        ProvisionEvent.PROVIDE: ProvisionState.PROVIDED,
        ProvisionEvent.WITHHOLD: ProvisionState.WITHHELD,
        ProvisionEvent.LAPSE: ProvisionState.LAPSED,
    },
    ProvisionState.REFUSED: {},
    ProvisionState.PROVIDED: {},
    ProvisionState.WITHHELD: {},
    ProvisionState.NOT_HELD: {},
    ProvisionState.LAPSED: {},
}
OUTCOME: Final[Mapping[ProvisionState, Outcome]] = {
    ProvisionState.HELD: Outcome.HELD,
    ProvisionState.PROVIDED: Outcome.PROVIDED,
    ProvisionState.WITHHELD: Outcome.WITHHELD,
    ProvisionState.NOT_HELD: Outcome.NOT_HELD,
    ProvisionState.LAPSED: Outcome.LAPSED,
}
"""What the provider says of a state to the inquirer; of a refused inquiry nothing is said."""


class JobEvent(Enum):
    """What happens to a bulk job."""

    CLOSE = "close"
    """All rows are there."""
    CANCEL = "cancel"
    """What was not asked yet is not asked."""
    FINISH = "finish"
    """Nothing waits and nothing is under way any more."""
    DELETE = "delete"
    """Its results are forgotten one after another, and then the job itself."""


JOB: Final[Mapping[JobState, Mapping[JobEvent, JobState]]] = {
    JobState.OPEN: {JobEvent.CLOSE: JobState.RUNNING, JobEvent.CANCEL: JobState.CANCELLING},
    JobState.RUNNING: {JobEvent.CANCEL: JobState.CANCELLING, JobEvent.FINISH: JobState.DONE},
    JobState.CANCELLING: {JobEvent.FINISH: JobState.CANCELLED},
    JobState.DONE: {JobEvent.DELETE: JobState.DELETING},
    JobState.CANCELLED: {JobEvent.DELETE: JobState.DELETING},
    JobState.DELETING: {},
}
ENDED_JOB: Final = frozenset(state for state, moves in JOB.items() if JobEvent.DELETE in moves)
"""Nothing is to be done for these, until somebody has them deleted."""

TABLES: Final[Mapping[str, Mapping[Any, Mapping[Any, Enum]]]] = {
    "code": CODE,
    "inquiry": INQUIRY,
    "provision": PROVISION,
    "job": JOB,
}

S = TypeVar("S", bound=Enum)
E = TypeVar("E", bound=Enum)


def after(table: Mapping[S, Mapping[E, S]], state: S, event: E) -> S:
    """The state that follows; raises WRONG_STATE where the table has no such move."""
    following = table[state].get(event)
    if following is None:
        raise RenkeiError(Problem.WRONG_STATE, f"{state.value}: no {event.value}")
    return following
