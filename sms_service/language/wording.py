"""The Persian of the answers: sentences from ``templates/sms``, months, digits, amounts."""

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from sms_service.domain.calendar import JalaliDay
from sms_service.domain.money import Scale

_DIGITS = tuple(zip("0123456789", "۰۱۲۳۴۵۶۷۸۹", strict=True))
_SENTENCE_FILES = ("answers.j2", "messages.j2")
_REMEMBERED = 4096
_GROUPED_FROM = 10_000
_DAYS_IN_A_MONTH = 31


class Wording:
    """Every sentence and word that answers are made of, loaded once and safe to share.

    A sentence is a Jinja2 macro, named in the template file. Facts go in as ASCII digits.
    """

    def __init__(self, directory: Path) -> None:
        environment = Environment(  # nosec B701  # see autoescape
            loader=FileSystemLoader(directory),
            autoescape=False,  # noqa: S701  # what comes out is a text message, never HTML
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._sentences = {
            name: macro
            for file in _SENTENCE_FILES
            for name, macro in vars(environment.get_template(file).module).items()
            if not name.startswith("_")
        }
        # The drafts of one answer say most of their lines alike, and so do many answers.
        self._remembered = lru_cache(_REMEMBERED)(self._render)
        words = tomllib.loads((directory / "words.toml").read_text("utf-8"))
        self.months: tuple[str, ...] = tuple(words["months"])
        self._units: dict[str, str] = words["units"]
        self._states: dict[str, str] = words["states"]
        self._minus: str = words["minus"]
        self.letters = frozenset(words["letters"] + " ")
        """What a name must be made of to stand in an answer."""
        self.utilities: Mapping[str, str] = words["utilities"]
        """Names of utilities by the name of their code."""
        self.companies: Mapping[str, str] = words["companies"]
        """Names of electricity companies by their three digits."""

    def say(self, sentence: str, **facts: str | bool | None) -> str:
        """A sentence with its facts. KeyError for a sentence that no template holds."""
        return self._remembered(sentence, tuple(facts.items()))

    def _render(self, sentence: str, facts: tuple[tuple[str, str | bool | None], ...]) -> str:
        return str(self._sentences[sentence](**dict(facts)))

    def say_whole(self, sentence: str, facts: Mapping[str, str]) -> str:
        """A sentence that takes what it needs of these facts."""
        macro = self._sentences[sentence]
        return str(macro(**{name: facts[name] for name in macro.arguments}))

    def facts_of(self, sentence: str) -> tuple[str, ...]:
        """The names of the facts that a sentence takes."""
        return tuple(self._sentences[sentence].arguments)

    def sentences(self) -> frozenset[str]:
        """The names of all sentences."""
        return frozenset(self._sentences)

    def number(self, value: int, *, grouped_from: int = _GROUPED_FROM) -> str:
        """A number, grouped by commas where it is long; below zero it begins with a word."""
        said = f"{abs(value):,}" if abs(value) >= grouped_from else str(abs(value))
        return said if value >= 0 else self._minus + said

    def unit(self, scale: Scale) -> str:
        """What a unit of money is called."""
        return self._units[scale.name]

    def state(self, name: str) -> str:
        """The word for the state of a bill."""
        return self._states[name]

    def day(self, day: JalaliDay, this_year: int, *, gap: str = " ") -> str:
        """A day as people say it, with its year unless that is this one: ``5 مهر``."""
        said = f"{day.day}{gap}{self.months[day.month - 1]}"
        return said if day.year == this_year else f"{said}{gap}{short_year(day.year, gap)}"


def short_year(year: int, gap: str = "") -> str:
    """A year as it is fused to a month: ``03``; in full where it could be taken for a day."""
    fused = year % 100
    if gap or 10 <= fused <= _DAYS_IN_A_MONTH:
        return str(year)
    return f"{fused:02d}"


def persian_digits(text: str) -> str:
    """The same text with Persian digits."""
    for ascii_digit, persian_digit in _DIGITS:
        text = text.replace(ascii_digit, persian_digit)
    return text
