"""The page kit: server-rendered pages in two languages, without scripts from elsewhere, readable by everybody.

A room brings a folder with `templates/`, `static/` and `texts/`; the kit brings the frame, the style and the headers.
"""

from renkei.platform.html.kit import Kit
from renkei.platform.html.language import Language, language_of

__all__ = ["Kit", "Language", "language_of"]
