"""Reading a law's text, Markdown or e-Gov XML, told apart by what it begins with."""

from typing import Final

from renkei.law.compiler.egov import read_egov
from renkei.law.compiler.markdown import read_markdown
from renkei.law.compiler.parts import LawText, malformed, refuse_control

__all__ = ["LARGEST", "LawText", "read"]

LARGEST: Final = 32 * 1024 * 1024
"""Bytes; the ordinance has 0.8 MB as Markdown, and no law in force has more than a tenth of this."""


def read(source: bytes) -> LawText:
    """Read a law's text.

    Args:
        source: the file as it was downloaded, UTF-8, at most `LARGEST` bytes.

    Raises:
        RenkeiError: MALFORMED with `line N:` and what is wrong there; nothing of the text is used then.
    """
    if len(source) > LARGEST:
        raise malformed(1, f"more than {LARGEST} bytes")
    text = _decoded(source.removeprefix(b"\xef\xbb\xbf")).replace("\r\n", "\n")
    refuse_control(text, 1)
    if text.startswith("---\n"):
        return read_markdown(text)
    if text.lstrip().startswith("<"):
        return read_egov(text)
    raise malformed(1, "neither the Markdown of a law (---) nor e-Gov XML (<)")


def _decoded(source: bytes) -> str:
    try:
        return source.decode()
    except UnicodeDecodeError as error:
        raise malformed(source.count(b"\n", 0, error.start) + 1, "not UTF-8") from error
