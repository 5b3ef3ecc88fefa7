"""What is wrong with a file, a folder or a question of whoever typed the command, in two sentences of its own."""

from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem


class PlainError(RenkeiError):
    """Told as it stands: what, where and what to do; no entry of the closed list says that of these.

    Args:
        ja: whole sentences.
        en: the same in English.
        problem: which entry it is to programs.
    """

    def __init__(self, ja: str, en: str, problem: Problem = Problem.BAD_CONFIGURATION) -> None:
        super().__init__(problem, en)
        self.ja = ja
        self.en = en
