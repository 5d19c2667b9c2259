"""``/console/guide``: the operators' guide, the same Markdown that the documentation leads to."""

import re
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import PurePosixPath

from flask import Blueprint, url_for
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

from sms_service.console import access
from sms_service.console.site import Site
from sms_service.templates import templates_dir

GUIDE = "console/guide/operators.md"
_DIRECTION = re.compile(r"^</?div[^>]*>$", flags=re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Guide:
    """The guide as a page: its title, its sections as (anchor, title), the rest as HTML."""

    title: str
    sections: tuple[tuple[str, str], ...]
    body: Markup


def add_guide(desk: Blueprint, site: Site) -> None:
    """Put the guide on the desk."""

    @desk.get("/guide")
    @access.needs(access.SIGNED_IN)
    def guide() -> str:
        """How to do an operator's work, step by step."""
        return site.show(
            "guide/page.html", guide=read_guide(url_for("console.static", filename=""))
        )


@cache
def read_guide(static: str) -> Guide:
    """The guide; its pictures stand below ``static``, wherever the Markdown says they lie."""
    text = _DIRECTION.sub("", (templates_dir() / GUIDE).read_text(encoding="utf-8"))
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    title, *tokens = _without_title(markdown.parse(text))
    sections: list[tuple[str, str]] = []
    for opening, inside in pairwise(tokens):
        if opening.type == "heading_open":
            anchor = f"part-{len(sections) + 1}"
            opening.attrSet("id", anchor)
            sections.append((anchor, inside.content))
        _place_pictures(inside, static)
    body = markdown.renderer.render(tokens, markdown.options, {})
    marked = Markup(body)  # noqa: S704  # nosec B704  # a file of our own, its HTML switched off
    return Guide(title.content, tuple(sections), marked)


def _without_title(tokens: list[Token]) -> list[Token]:
    """The title's words, then everything that follows it."""
    if [token.type for token in tokens[:3]] != ["heading_open", "inline", "heading_close"]:
        raise ValueError("the guide begins with its title")
    return [tokens[1], *tokens[3:]]


def _place_pictures(token: Token, static: str) -> None:
    for child in token.children or ():
        if child.type == "image":
            name = PurePosixPath(str(child.attrs["src"])).name
            child.attrSet("src", f"{static}guide/{name}")
            child.attrSet("loading", "lazy")
