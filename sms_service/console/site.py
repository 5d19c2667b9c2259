"""What every view of the desk works with: the service's parts, the words, the look."""

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from flask import Response, flash, redirect, render_template, request

from sms_service.console.access import actor
from sms_service.service.auditing import Deed
from sms_service.templates import templates_dir
from sms_service.words import Words, load_words, read_words

if TYPE_CHECKING:
    from werkzeug import Response as Redirect

    from sms_service.wiring.console import ConsoleParts

PATH = "/console/"


class Site:
    """The desk's parts and words, given to each group of views."""

    def __init__(self, parts: "ConsoleParts") -> None:
        self.parts = parts
        self.settings = parts.settings

    @cached_property
    def words(self) -> Mapping[str, Mapping[str, Any]]:
        """The pages' own words, by file of templates/words/console and by key."""
        return read_words(templates_dir() / "words" / "console")

    @cached_property
    def states(self) -> Words:
        """The words for states, events and reasons."""
        return load_words(templates_dir() / "words" / "states.toml")

    def show(self, template: str, **facts: object) -> str:
        """A page or a piece of one, of templates/console."""
        return render_template(f"console/{template}", **facts)

    def say(self, name: str, **facts: object) -> str:
        """A sentence by ``file.key``, filled in."""
        file, _, key = name.partition(".")
        return str(self.words[file][key]).format(**facts)

    def tell(self, name: str, kind: str = "success", **facts: object) -> None:
        """Show this sentence at the top of the next page: success, warning or danger."""
        flash(self.say(name, **facts), kind)

    def note(self, action: str, subject_kind: str, subject: str, **more: Any) -> None:
        """Write a deed of this request's actor down; ``more``: reason, details."""
        self.parts.audit.write(Deed(actor(), action, subject_kind, subject, **more))


def by_htmx() -> bool:
    """Whether a piece of a page is asked for, and not the page."""
    return request.headers.get("HX-Request") == "true"


def go(address: str) -> "Redirect":
    """See other: what was posted is done, and reloading the page doesn't do it again."""
    return redirect(address, 303)


def unchanged() -> Response:
    """Nothing new for a piece that looks again and again."""
    return Response(status=204)
