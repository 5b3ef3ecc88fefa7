"""Issue of a code to a body (法21条の2, 令27条, 命令44条): one link code per person, one code per person and body."""

from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from renkei.messages.directory import BodyEntry
from renkei.systems.core.rules.register import connected
from renkei.terms.codes import BodyCode, LinkCode
from renkei.terms.problems import Problem

EPOCH: Final = 1
"""The epoch in which codes are issued now; the issuance file keeps each code's own."""


class Issue(Enum):
    """What one acquisition leads to."""

    NEW = "new"
    """命令44条1項: the code is made and told."""
    ALREADY = "already"
    """命令44条2項: the body is told that it has one."""
    NOTHING = "nothing"
    """This very acquisition is under way: its delivery waits in the outbox."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One person for whom a body wants a code, in the core's own names."""

    person: bytes = field(repr=False)
    """Tag of the link code: the person in the issuance file."""
    resident: bytes = field(repr=False)
    """Tag of 住民票コード under the core's key: shows a collision of link codes, which would merge two persons."""
    link: LinkCode
    code: BodyCode
    delivery: str
    """Id of the delivery: a keyed digest of 取得番号."""
    acquisition: str = field(repr=False)


def body_problem(entry: BodyEntry | None) -> Problem | None:
    """May this body acquire codes at all?"""
    if entry is None:
        return Problem.UNKNOWN_BODY
    return None if connected(entry) else Problem.WRONG_STATE


def issue(*, under_way: bool, issued: bool) -> Issue:
    """Decide one acquisition by what the issuance file and the outbox say."""
    if under_way:
        return Issue.NOTHING
    return Issue.ALREADY if issued else Issue.NEW
