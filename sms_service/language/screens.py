"""Screens of a USSD menu: one template each, never longer than a handset can show.

A USSD string is 160 octets (GSM 03.38, 80 UCS-2 units); gateways and handsets take some of
them, so a screen keeps to 70 units, in Persian and in Latin letters alike. Keys stand in
ASCII digits, as they are typed; facts in the digits that the company chose.
"""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from sms_service.language.reading import Script
from sms_service.language.style import Style
from sms_service.language.wording import persian_digits

SCREEN_UNITS = 70
MOST_YEARS = 4
"""Years that one screen offers."""
MOST_PAGES = 30
"""Pages of one answer that a session keeps; beyond it a text tells the rest."""


def units_of(text: str) -> int:
    """UTF-16 code units, two of which a few letters take."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


@dataclass(frozen=True, slots=True)
class BillChoice:
    """A bill to pick: the number that people know it by, and the phone's own name for it."""

    number: str
    name: str | None = None


class Screens:
    """Every screen in both letters, loaded once and safe to share."""

    def __init__(self, directory: Path) -> None:
        self._templates = {
            Script.PERSIAN: _templates(directory),
            Script.LATIN: _templates(directory / "latin"),
        }
        self._faults = {
            Script.PERSIAN: _faults(directory),
            Script.LATIN: _faults(directory / "latin"),
        }

        self._rooms = {
            script: (self._room(script, more=True), self._room(script, more=False))
            for script in Script
        }

    def say(self, screen: str, style: Style, **facts: object) -> str:
        """A screen with its facts. KeyError for one that there is no file of."""
        template = self._templates[style.script][screen]
        return template.render(**{name: _told(fact, style) for name, fact in facts.items()}).strip()

    def fault(self, name: str, style: Style, **facts: object) -> str:
        """What was wrong with an input, to stand above the screen that is shown again."""
        said = self._faults[style.script][name].format(**facts)
        return in_digits(said, style)

    def fault_names(self, script: Script) -> frozenset[str]:
        """The faults that have words in these letters."""
        return frozenset(self._faults[script])

    def names(self, script: Script) -> frozenset[str]:
        """The names of all screens."""
        return frozenset(self._templates[script])

    def fits(self, screen: str, style: Style, **facts: object) -> bool:
        """Whether the screen with these facts can be shown."""
        return units_of(self.say(screen, style, **facts)) <= SCREEN_UNITS

    def pages(self, lines: Iterable[str], style: Style) -> list[str]:
        """Lines packed into what ``page`` screens can hold; at least one page.

        The last has room where the others say how to go on.
        """
        room, room_of_last = self._rooms[style.script]
        pages: list[str] = []
        for line in _broken(lines, room):
            joined = f"{pages[-1]}\n{line}" if pages else line
            if pages and units_of(joined) <= room:
                pages[-1] = joined
            else:
                pages.append(line)
        if len(pages) > 1 and units_of("\n".join(pages[-2:])) <= room_of_last:
            pages[-2:] = ["\n".join(pages[-2:])]
        return pages or [""]

    def _room(self, script: Script, *, more: bool) -> int:
        """Units that a page leaves for its text, whatever is said of the last input."""
        page = self._templates[script]["page"]
        around = (page.render(text="", more=more, fault=fault) for fault in (None, "x"))
        return SCREEN_UNITS - max(units_of(text.strip()) for text in around) - 1


def bills_that_fit(
    screens: Screens,
    screen: str,
    choices: Sequence[BillChoice],
    style: Style,
    *,
    more: bool,
    fault: str | None,
) -> int:
    """How many of these bills, from the first, one screen can offer; one at least."""
    for count in range(len(choices), 1, -1):
        goes_on = more or count < len(choices)
        if screens.fits(screen, style, bills=choices[:count], more=goes_on, fault=fault):
            return count
    return min(len(choices), 1)


def fitting_choice(
    screens: Screens, screen: str, choice: BillChoice, style: Style, fault: str | None
) -> BillChoice:
    """The choice as it can stand on a screen: without its name where that is too long."""
    if choice.name is None or screens.fits(screen, style, bills=[choice], more=True, fault=fault):
        return choice
    return BillChoice(choice.number)


def _templates(directory: Path) -> Mapping[str, Template]:
    environment = Environment(  # nosec B701  # see autoescape
        loader=FileSystemLoader(directory),
        autoescape=False,  # noqa: S701  # what comes out is a USSD string, never HTML
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return {path.stem: environment.get_template(path.name) for path in directory.glob("*.j2")}


def _faults(directory: Path) -> Mapping[str, str]:
    words = tomllib.loads((directory / "words.toml").read_text("utf-8"))
    return dict(words["faults"])


def in_digits(text: str, style: Style) -> str:
    """The text in the digits that the company chose."""
    is_persian = style.script is Script.PERSIAN and style.digits == "persian"
    return persian_digits(text) if is_persian else text


def _told(fact: object, style: Style) -> object:
    if isinstance(fact, str):
        return in_digits(fact, style)
    if isinstance(fact, BillChoice):
        return BillChoice(in_digits(fact.number, style), fact.name)
    if isinstance(fact, (list, tuple)):
        return [_told(one, style) for one in fact]
    return fact


def _broken(lines: Iterable[str], room: int) -> Iterable[str]:
    """The lines, those that no page can hold cut at a space, else where the room ends."""
    for line in lines:
        rest = line
        while units_of(rest) > room:
            fitting = next(n for n in range(len(rest), 0, -1) if units_of(rest[:n]) <= room)
            at_space = rest.rfind(" ", 1, fitting + 1)
            cut = at_space if at_space > 0 else fitting
            yield rest[:cut]
            rest = rest[cut:].lstrip()
        if rest:
            yield rest
