"""Which language a page speaks: Japanese unless the address says otherwise.

The choice lives in the address (`?lang=en`) and is carried on by every link that the kit makes: no cookie, no script.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Final
from urllib.parse import urlencode

PARAMETER: Final = "lang"


class Language(Enum):
    """A language of the pages, by its BCP 47 tag."""

    JA = "ja"
    EN = "en"

    @property
    def other(self) -> "Language":
        return Language.EN if self is Language.JA else Language.JA


def language_of(query: Mapping[str, str]) -> Language:
    """The language that the address asks for; Japanese for none and for one that we do not speak."""
    try:
        return Language(query.get(PARAMETER, Language.JA.value))
    except ValueError:
        return Language.JA


def link(language: Language, path: str, query: Mapping[str, str | int | None]) -> str:
    """An address inside the site that keeps the language; parameters without a value are left out."""
    kept = {key: str(value) for key, value in query.items() if value is not None}
    if language is not Language.JA:
        kept[PARAMETER] = language.value
    return f"{path}?{urlencode(kept)}" if kept else path
