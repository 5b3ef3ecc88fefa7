"""Values that must not be seen outside their place: printing shows that something is there, never what.

Plain classes, not dataclasses: message codecs would take a dataclass apart and write its fields.
"""

from typing import Final, NoReturn


class Secret:
    """One immutable text. `reveal` is the only way to it."""

    __slots__ = ("_text",)
    _text: str

    def __init__(self, text: str) -> None:
        object.__setattr__(self, "_text", text)

    def reveal(self) -> str:
        """The text, for the one place that must seal, send, store or show it."""
        return self._text

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} does not change")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, type(self)) and type(other) is type(self) and other._text == self._text

    def __hash__(self) -> int:
        return hash((type(self), self._text))

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError(f"{type(self).__name__} is not pickled")


class SecretText(Secret):
    """A code or a value of content on its way inside a message."""

    __slots__: Final = ()
