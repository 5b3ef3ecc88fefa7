"""Every parser of foreign bytes is run by a fuzz target, or is left out for a reason that stands here.

Parsers are found in the source, by name (a public `read…`, `parse…`, `decode…`, `from_bytes`, `from_files`, `load`) and
by what they call (JSON, TOML, CSV, XML, base64, PEM, URLs, packed bytes). Whether a target runs one is seen by running
all targets on their good examples, so that a target that calls something else in its place does not count.
"""

import ast
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import CodeType, FrameType

from tests.fuzz.targets import ROOT, TARGETS, attempt

SRC = ROOT / "src" / "renkei"
NAMED = re.compile(r"(read|parse|decode|open|unseal|load)(_\w+)?|from_(bytes|files|text)")
TAKEN = re.compile(r"\b(bytes|str|Path|SecretText|IO)\b")
CALLED = re.compile(
    r"json\.decode|json\.loads?|json\.Decoder|decode_lines|msgspec\.convert|tomllib\.loads?|csv\.reader|\.unpack(_from)?"
    r"|b64decode|fromhex|fromstring|ParserCreate|urlsplit|parse_qsl?|x509\.load_\w+|load_(pem|der)_\w+"
)

RUN_INSIDE = "only hands on to what targets run: "
OWN = "reads what this program wrote itself a moment ago"
SHIPPED = "reads files that come with the package; the program does not start with a wrong one"
STORE = "opens a store, which is no format of ours"

LEFT_OUT: dict[str, str] = {
    "cli/bulk.py:_unknown_columns": "names columns of the user's own file, whose head line `job_csv` has refused",
    "cli/inquire.py:period_option": RUN_INSIDE + "a message with one field, on the command line",
    "cli/law_compile.py:read_folder": RUN_INSIDE + "law_facts, law_words",
    "cli/verify.py:_receipts": RUN_INSIDE + "receipts",
    "cli/verify.py:verify": RUN_INSIDE + "receipts; the record that it shows is proven by then",
    "crypto/keystore.py:KeyStore.open": "a protocol without a body",
    "platform/backup/sealed.py:open_file": RUN_INSIDE + "backup_head",
    "platform/html/texts.py:_merge": SHIPPED,
    "platform/html/texts.py:load": SHIPPED,
    "platform/sql/database.py:Database.open": STORE,
    "platform/sql/database.py:Engine.open": "a protocol without a body",
    "platform/sql/postgres.py:PostgresEngine.open": STORE,
    "platform/sql/sqlite.py:SqliteEngine.open": STORE,
    "platform/sql/statements.py:read": "reads the statements in our own source",
    "systems/certification/wiring.py:load_issuing": RUN_INSIDE + "issuing_certificate; the key is under a passphrase",
    "systems/core/service/inquiries.py:read_codes": RUN_INSIDE + "codes",
    "systems/disclosure/api/letters.py:Letters.read": RUN_INSIDE + "envelope, message",
    "systems/intermediate/service/cabinet.py:Cabinet.open": RUN_INSIDE + "column, message",
    "translog/trust.py:Trust.to_dict": OWN,
}
"""Parsers that no target runs, and why that is right."""
NOT_IN_PRODUCTION = {"simulation", "sandbox"}
"""Packages that read what they, or the systems that they started, wrote: no parser of what others send."""


def _functions(tree: ast.AST, prefix: str = "") -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.ClassDef):
            yield from _functions(node, f"{prefix}{node.name}.")
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield prefix + node.name, node


def _takes_foreign(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether it is handed bytes, a text or a file."""
    given = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    return any(each.annotation is not None and TAKEN.search(ast.unparse(each.annotation)) for each in given)


def _calls(node: ast.AST) -> bool:
    return any(CALLED.search(ast.unparse(each.func)) for each in ast.walk(node) if isinstance(each, ast.Call))


def _is_parser(node: ast.AST) -> bool:
    assert isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    return (bool(NAMED.fullmatch(node.name)) and _takes_foreign(node)) or _calls(node)


@cache
def parsers() -> frozenset[str]:
    """By `module.py:qualified name`."""
    found = set()
    for path in SRC.rglob("*.py"):
        if path.relative_to(SRC).parts[0] in NOT_IN_PRODUCTION:
            continue
        for name, node in _functions(ast.parse(path.read_text(encoding="utf-8"))):
            if _is_parser(node):
                found.add(f"{path.relative_to(SRC)}:{name}")
    return frozenset(found)


@cache
def run() -> frozenset[str]:
    """What the targets run of ours on their good examples."""
    seen: set[CodeType] = set()

    def note(frame: FrameType, _event: str, _what: object) -> None:
        seen.add(frame.f_code)

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        for name, target in TARGETS.items():
            for seed in target.seeds():
                attempt(name, seed)
    finally:
        sys.setprofile(before)
    ours = [code for code in seen if Path(code.co_filename).is_relative_to(SRC)]
    return frozenset(f"{Path(code.co_filename).relative_to(SRC)}:{code.co_qualname}" for code in ours)


def test_every_parser_is_run_by_a_target_or_left_out_for_a_reason() -> None:
    assert parsers() - run() == LEFT_OUT.keys()


def test_nothing_is_left_out_that_is_no_parser_or_is_run_after_all() -> None:
    assert not LEFT_OUT.keys() - parsers()
    assert not LEFT_OUT.keys() & run()


def test_the_search_finds_what_a_new_parser_would_look_like() -> None:
    """The counter-test: by its name alone, and by what it calls alone."""
    named, calling, neither = ast.parse(
        "def read_thing(data: bytes): ...\n"
        "def _thing(file): return tomllib.loads(file)\n"
        "def read(self): return self.now\n"
    ).body
    assert [_is_parser(each) for each in (named, calling, neither)] == [True, True, False]
