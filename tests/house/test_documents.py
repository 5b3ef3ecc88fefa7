"""Documents: links resolve, decisions have their parts, pages name what exists, the changelog has its form."""

import importlib
import pkgutil
import re
from pathlib import Path

import pytest

import renkei.messages
from tests.house.tree import ROOT, missing_files, page, texts

PAGES = texts(".md")
DECISIONS = sorted((ROOT / "docs/adr").glob("0*.md"))
FLOWS = sorted(path for path in (ROOT / "docs/flows").glob("*.md") if path.name != "README.md")
LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADINGS = ("## Context", "## Decision", "## Consequences", "## Rejected")


def names(paths: list[Path]) -> list[str]:
    return [path.name for path in paths]


@pytest.mark.parametrize(("name", "text"), PAGES, ids=[name for name, _ in PAGES])
def test_a_link_leads_somewhere(name: str, text: str) -> None:
    folder = (ROOT / name).parent
    inside = [link.split("#")[0] for link in LINK.findall(text) if "://" not in link and not link.startswith("#")]
    assert [link for link in inside if not (folder / link).exists()] == []


@pytest.mark.parametrize(("name", "text"), PAGES, ids=[name for name, _ in PAGES])
def test_a_page_begins_with_its_title(name: str, text: str) -> None:
    assert text.startswith("# "), name


@pytest.mark.parametrize("path", DECISIONS, ids=names(DECISIONS))
def test_a_decision_has_status_context_decision_consequences_and_what_was_rejected(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert re.match(rf"# {path.name[:4]}: .+\n\nStatus: (proposed|accepted|superseded)", text)
    places = [text.find(heading) for heading in HEADINGS]
    assert -1 not in places
    assert places == sorted(places)
    assert "\n- " in text[places[-1] :], "what was rejected, and why?"


def test_decisions_are_numbered_without_gaps_and_listed() -> None:
    assert [int(path.name[:4]) for path in DECISIONS] == list(range(1, len(DECISIONS) + 1))
    listed = page("docs/adr/README.md")
    assert [path.name for path in DECISIONS if f"({path.name})" not in listed] == []


@pytest.mark.parametrize("path", DECISIONS, ids=names(DECISIONS))
def test_a_decision_is_about_one_page(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 80


def message_names() -> set[str]:
    modules = [
        importlib.import_module(f"renkei.messages.{found.name}")
        for found in pkgutil.iter_modules(renkei.messages.__path__)
    ]
    return {name for module in modules for name in vars(module)}


@pytest.mark.parametrize("path", FLOWS, ids=names(FLOWS))
def test_a_flow_uses_the_names_of_messages(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    # Names in diagrams and in backquotes that look like types: two capitals or one of the message nouns.
    named = set(re.findall(r"`([A-Z][A-Za-z]+)`", text)) | set(re.findall(r"\b([A-Z][a-z]+[A-Z][A-Za-z]+)\b", text))
    known = message_names()
    assert named & known, "no message is named"
    assert sorted(named - known) == []


def test_articles_name_files_that_exist() -> None:
    text = page("docs/law/articles.md")
    assert missing_files(text) == []
    rows = re.findall(r"^\| [法令命提].*$", text, re.MULTILINE)
    assert len(rows) > 10
    assert [row for row in rows if "`src/" not in row or "`tests/" not in row] == []


def test_no_document_names_a_file_that_is_not_there() -> None:
    assert [(name, missing) for name, text in PAGES if (missing := missing_files(text))] == []


def test_every_system_has_its_room_card() -> None:
    rooms = [path.parent for path in (ROOT / "src/renkei/systems").glob("*/__init__.py")]
    assert rooms
    assert [room.name for room in rooms if not (room / "README.md").exists()] == []


def test_the_changelog_keeps_its_form() -> None:
    text = page("CHANGELOG.md")
    assert text.startswith("# Changelog\n")
    releases = re.findall(r"^## \[(.+?)\](.*)$", text, re.MULTILINE)
    assert releases[0] == ("Unreleased", "")
    assert all(re.fullmatch(r" - \d{4}-\d\d-\d\d", date) for _, date in releases[1:])
    kinds = re.findall(r"^### (.+)$", text, re.MULTILINE)
    assert set(kinds) <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
    assert re.search(r"^- Upgrade: ", text, re.MULTILINE)


def test_both_readmes_say_the_same_commands() -> None:
    blocks = [
        re.findall(r"```(?:console|sh)\n(.*?)```", page(name), re.DOTALL) for name in ("README.md", "README.ja.md")
    ]
    commands = [[line.split("#")[0].strip() for block in each for line in block.splitlines()] for each in blocks]
    assert commands[0] == commands[1]
    assert len(commands[0]) > 8
