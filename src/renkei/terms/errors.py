"""The base of every error that broken input or a broken peer may cause; refusals by law are values (`refusals`)."""

from renkei.terms.problems import Problem


class RenkeiError(Exception):
    """Input or a peer broke the rules. Programming errors stay ordinary exceptions and crash loudly.

    Args:
        problem: which entry of the closed list this is; people's sentences hang on it.
        detail: where it was wrong (a field, a line, an index), without any secret value.
    """

    def __init__(self, problem: Problem, detail: str = "") -> None:
        super().__init__(f"{problem.value}: {detail}" if detail else problem.value)
        self.problem = problem
        self.detail = detail
