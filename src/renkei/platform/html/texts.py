"""Catalogues: one TOML file per language with the same keys, read once and compared."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from string import Formatter
from typing import Any, cast

from renkei.platform.html.language import Language

Catalogue = Mapping[str, Any]
"""Tables of sentences; a leaf is a sentence."""


class TextsError(ValueError):
    """The catalogues do not fit together: a mistake of ours, found at start."""


def load(folders: Sequence[Path]) -> dict[Language, Catalogue]:
    """The catalogue of each language, merged over folders (each `texts/<language>.toml`).

    Raises:
        TextsError: a sentence is missing in one language, has other placeholders there, or stands in two folders.
    """
    found = {language: _merge([folder / f"{language.value}.toml" for folder in folders]) for language in Language}
    shapes = {language: dict(_leaves("", catalogue)) for language, catalogue in found.items()}
    first = shapes[Language.JA]
    for language, shape in shapes.items():
        for key in sorted(first.keys() ^ shape.keys()):
            raise TextsError(f"{language.value}: {key} is not in both")
        for key, sentence in shape.items():
            if _places(sentence) != _places(first[key]):
                raise TextsError(f"{language.value}: {key} has other placeholders")
    return found


def _merge(files: Sequence[Path]) -> Catalogue:
    merged: dict[str, Any] = {}
    for file in files:
        table = tomllib.loads(file.read_text(encoding="utf-8"))
        if twice := merged.keys() & table.keys():
            raise TextsError(f"{file.name}: {min(twice)} stands in two folders")
        merged |= table
    return merged


def _leaves(prefix: str, table: Catalogue) -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        place = f"{prefix}.{key}" if prefix else key
        if hasattr(dict, key):
            raise TextsError(f"{place}: templates would see a method of the table")
        if isinstance(value, Mapping):
            yield from _leaves(place, cast("Catalogue", value))
        else:
            yield place, str(value)


def _places(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name is not None}
