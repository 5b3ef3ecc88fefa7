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

    def __reduce__(self) -> tuple[object, ...]:
        """For another process: each kind has a constructor of its own, what it says is the same."""
        return _revived, (type(self), self.problem, self.detail)


def _revived(kind: type[RenkeiError], problem: Problem, detail: str) -> RenkeiError:
    error = kind.__new__(kind)
    RenkeiError.__init__(error, problem, detail)
    return error
