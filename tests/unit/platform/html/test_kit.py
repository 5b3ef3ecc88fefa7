"""The page kit: headers, names of static files, escaping."""

import re
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import jinja2
import pytest
from aiohttp import web

from renkei.platform.html import Kit, Language
from renkei.platform.html.kit import POLICY
from renkei.platform.peers.doors import Asked, RawReply
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

TEMPLATE = """{% extends "base.html" %}
{% block title %}{{ text.room.title }}{% endblock %}
{% block site %}Site{% endblock %}
{% block name %}Site{% endblock %}
{% block main %}<h1>{{ word }}</h1><a href="{{ link('/next', page=2) }}">x</a>{% endblock %}
{% block footer %}<p>foot</p>{% endblock %}
"""


@pytest.fixture
def room(tmp_path: Path) -> Path:
    for name in ("templates", "static", "texts"):
        (tmp_path / name).mkdir()
    (tmp_path / "templates" / "page.html").write_text(TEMPLATE, encoding="utf-8")
    (tmp_path / "templates" / "broken.html").write_text("{{ nothing }}", encoding="utf-8")
    (tmp_path / "static" / "room.css").write_text("p { margin: 0 }", encoding="utf-8")
    (tmp_path / "texts" / "ja.toml").write_text('[room]\ntitle = "部屋"', encoding="utf-8")
    (tmp_path / "texts" / "en.toml").write_text('[room]\ntitle = "Room"', encoding="utf-8")
    return tmp_path


def request(path: str = "/here", **query: str) -> web.BaseRequest:
    return cast("web.BaseRequest", SimpleNamespace(path=path, query=query))


def drawn(kit: Kit, language: Language = Language.JA, asked: web.BaseRequest | None = None, **values: Any) -> str:
    response = kit.page("page.html", asked or request(), language, {"word": "word"} | values)
    return response.text or ""


def test_what_a_page_is_given_is_escaped(room: Path) -> None:
    assert "<h1>&lt;script&gt;</h1>" in drawn(Kit(room), word="<script>")


def test_a_page_names_its_language_and_offers_the_other_one(room: Path) -> None:
    text = drawn(Kit(room), Language.EN, request(lang="en", page="3"))
    assert '<html lang="en">' in text
    assert '<a href="/here?page=3" lang="ja" hreflang="ja">日本語</a>' in text
    assert 'href="/next?page=2&amp;lang=en"' in text


def test_a_value_that_was_forgotten_is_an_error_and_not_an_empty_place(room: Path) -> None:
    with pytest.raises(jinja2.UndefinedError):
        Kit(room).page("broken.html", request(), Language.JA, {})


def test_pages_forbid_scripts_styles_and_requests_that_are_not_ours(room: Path) -> None:
    response = Kit(room).page("page.html", request(), Language.JA, {"word": "x"})
    assert response.headers["Content-Security-Policy"] == POLICY
    assert "unsafe" not in POLICY
    assert "http" not in POLICY
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Referrer-Policy"] == "no-referrer"


def test_pages_have_no_script_and_no_style_inside(room: Path) -> None:
    text = drawn(Kit(room))
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", text)


async def test_static_files_carry_their_hash_in_their_name_and_are_kept_for_ever(room: Path) -> None:
    kit = Kit(room)
    found = re.search(r'href="/static/(base\.[0-9a-f]{16}\.css)"', drawn(kit))
    assert found
    (door,) = kit.doors()
    reply = await door.handler(None, Asked({"name": found.group(1)}, {}))
    assert isinstance(reply, RawReply)
    assert sha256(reply.body).hexdigest()[:16] == found.group(1).split(".")[1]
    assert "immutable" in reply.headers["Cache-Control"]
    assert reply.content_type == "text/css; charset=utf-8"


@pytest.mark.parametrize("name", ["base.css", "../kit.py", "room.0000000000000000.css"])
async def test_no_other_file_is_served(room: Path, name: str) -> None:
    (door,) = Kit(room).doors()
    with pytest.raises(RenkeiError) as refused:
        await door.handler(None, Asked({"name": name}, {}))
    assert refused.value.problem is Problem.UNKNOWN_DOOR
