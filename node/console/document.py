"""Texts people wrote with headings and lists, as HTML: agreements (E9)."""

from functools import cache

from markdown_it import MarkdownIt
from markupsafe import Markup


@cache
def _reader() -> MarkdownIt:
    """CommonMark without HTML, links and images; a line of the text is a line on paper."""
    reader = MarkdownIt("commonmark", {"html": False, "breaks": True})
    return reader.disable(["link", "image", "autolink", "html_block", "html_inline", "reference"])


def document(text: str) -> Markup:
    """A text as HTML, its headings one level below the page's own.

    Args:
        text: CommonMark; whatever looks like HTML in it is shown as it stands.
    """
    reader = _reader()
    tokens = reader.parse(text)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, int(token.tag[1:]) + 1)}"
    return Markup(reader.renderer.render(tokens, reader.options, {}))  # noqa: S704 - escaped by it
