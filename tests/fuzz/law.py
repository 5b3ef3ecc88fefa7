"""Targets for the texts of laws, and for the facts about them that people write."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Final

from renkei.cli.law_compile import shipped_files
from renkei.law import detail_facts, facts
from renkei.law.compiler.compiling import compile_text
from renkei.law.compiler.details import details
from renkei.law.compiler.procedures import Acts
from renkei.law.compiler.table import annex2_rows, annex_uses, permission_rows
from renkei.law.compiler.text import read as read_law_text
from renkei.law.compiler.vocabulary import Vocabulary
from renkei.law.details import Details
from renkei.law.editions import read_list
from renkei.law.laws import Laws
from renkei.law.phrases import Phrases
from renkei.law.rules import Rules
from renkei.law.uses import UsesList
from renkei.terms.errors import RenkeiError
from tests.law.egov_from_markdown import Continued, egov_xml
from tests.unit.law.compiler.small_law import small_law


def law_text(data: bytes) -> None:
    text = read_law_text(data)
    for read in (permission_rows, annex2_rows, lambda each: annex_uses(each, "別表第一"), details):
        try:
            read(text)
        except RenkeiError:
            continue


@cache
def fact_files() -> tuple[str, ...]:
    return (*sorted(facts.HEADERS), *sorted(facts.USES_HEADERS), *sorted(detail_facts.HEADERS))


def _bare(headers: dict[str, tuple[str, ...]]) -> dict[str, bytes]:
    return {name: ("\t".join(columns) + "\n").encode() for name, columns in headers.items()}


def law_facts(data: bytes) -> None:
    """The first byte says which file it is; all others of its kind have their head line alone."""
    name = fact_files()[(data[0] if data else 0) % len(fact_files())]
    source = data[1:]
    if name in facts.HEADERS:
        sources = {**_bare(dict(facts.HEADERS)), name: source}
        facts.parse(sources)
        read_list({each: text.decode() for each, text in sources.items()})
    elif name in facts.USES_HEADERS:
        UsesList.parse({**_bare(dict(facts.USES_HEADERS)), name: source}, {}, {})
    else:
        laws = {"laws.tsv": b"key\tja\ten\n"}
        Details.from_files({**_bare(dict(detail_facts.HEADERS)), **laws, name: source})


@cache
def law_files() -> Mapping[str, bytes]:
    return shipped_files()


WORDS: Final[dict[str, Callable[[bytes], object]]] = {
    "laws.tsv": Laws.from_bytes,
    "rules.tsv": Rules.from_bytes,
    "phrases.tsv": Phrases.from_bytes,
    "phrases-details.tsv": lambda data: Vocabulary.from_files({**law_files(), "phrases-details.tsv": data}),
    "acts.tsv": lambda data: Acts.from_files({"acts.tsv": data}),
}


def law_words(data: bytes) -> None:
    """The first byte says which file."""
    list(WORDS.values())[(data[0] if data else 0) % len(WORDS)](data[1:])


def beginnings(names: Iterable[str]) -> Sequence[bytes]:
    return [bytes([place]) + b"\n".join(law_files()[name].split(b"\n")[:6]) + b"\n" for place, name in enumerate(names)]


def law_meaning(data: bytes) -> None:
    """What the words of a law say, by the facts that are shipped."""
    compile_text(data, law_files())


def laws() -> Sequence[bytes]:
    return [small_law(), egov_xml(read_law_text(small_law()), Continued.ROWSPAN)]
