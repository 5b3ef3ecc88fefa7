"""Templates, texts, static files and the headers that keep a page to itself."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from renkei.platform.html import texts
from renkei.platform.html.language import PARAMETER, Language, link
from renkei.platform.html.static import Static
from renkei.platform.peers.doors import Door

_HERE: Final = Path(__file__).parent

# CSP Level 3: our own files and nothing else; no script or style inside the page, no request from scripts, no frame.
# Trusted Types: a script of ours that tried to write HTML from text would be stopped by the browser.
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)
HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
}
PRIVATE: Final = {**HEADERS, "Cache-Control": "no-store"}
"""For what only this visitor may see: no copy stays on a shared machine."""


class Kit:
    """The pages of one room: `room` holds its `templates/`, `static/` and `texts/`."""

    def __init__(self, room: Path) -> None:
        self._texts = texts.load([_HERE / "texts", room / "texts"])
        self._static = Static([_HERE / "static", room / "static"], dict(HEADERS))
        self._templates = Environment(
            loader=FileSystemLoader([room / "templates", _HERE / "templates"]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.globals["static"] = self._static.url

    def doors(self) -> list[Door]:
        """What every site needs besides its pages: the static files."""
        return [self._static.door()]

    def text(self, language: Language) -> texts.Catalogue:
        """The catalogue of a language."""
        return self._texts[language]

    def page(
        self, template: str, request: web.BaseRequest, language: Language, values: Mapping[str, Any], status: int = 200
    ) -> web.Response:
        """Draw a page. The template sees `text`, `lang`, `link(path, ...)`, `static(name)`, `switch` and the values."""
        query = {key: value for key, value in request.query.items() if key != PARAMETER}
        body = self._templates.get_template(template).render(
            text=self._texts[language],
            lang=language.value,
            other=language.other.value,
            link=partial(_link, language),
            switch=link(language.other, request.path, query),
            path=request.path,
            **values,
        )
        return web.Response(text=body, status=status, content_type="text/html", headers=PRIVATE)


def _link(language: Language, path: str, **query: str | int | None) -> str:
    return link(language, path, query)
