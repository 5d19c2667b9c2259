"""Writes docs/reference/gallery.md: every kind of answer, as the service gives it.

    python docs/gallery.py

The answers come out of the real desk, on a fixed day, from histories made up by hand
(gallery_histories.py) and texts as people type them (gallery_cases.py). A test fails while
the page says anything else, or while a sentence of the templates stands in no answer.
"""

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from html import escape
from pathlib import Path

import gallery_histories
from gallery_cases import LATIN, SECTIONS, Talk

from sms_service.domain.calendar import jalali_of
from sms_service.domain.records import History
from sms_service.domain.usage import Limit
from sms_service.language.compose import Composer, Style
from sms_service.language.context import Context
from sms_service.language.normalise import clean
from sms_service.language.parse import Rules, load_vocabulary, parse
from sms_service.language.reading import Reading, Reply, Script
from sms_service.language.wording import Wording, persian_digits
from sms_service.service.desk import Desk, IfDown, Question
from sms_service.service.ports import SourceDown
from sms_service.templates import templates_dir

PAGE = Path(__file__).parent / "reference" / "gallery.md"
TODAY = gallery_histories.TODAY
COMPANY = "044"
HISTORIES = {
    value.bill_id: value for value in vars(gallery_histories).values() if isinstance(value, History)
}

_CODE = "48213907"
_REOPENS_AT = datetime(2026, 11, 23, 11, 5, tzinfo=UTC)
_LATE = {
    IfDown.PROMISE: "`source_down`: no billing source has answered for some seconds",
    IfDown.APOLOGISE: "`source_down`: none did within the answer's validity",
}
_LIMITS = {
    Limit.PHONE_ANSWERS: "`limited`: a phone's answers or parts of the day are used up",
    Limit.BILL_ANSWERS: "`limited`: a bill's answers of the day are used up",
    Limit.LOCKED: "`limited`: too many IDs that led nowhere, locked for an hour",
}
_BEGINNING = f"""# Every kind of answer

Made by `python docs/gallery.py`, from made-up subscribers of company {COMPANY}, as answered
on 2 Azar 1405 (2026-11-23). Above each answer stands the text that was sent; under it units,
parts, encoding and the rung of the ladder that was chosen, then what was filled in where it
cost no part, and what was left out. Texts of one case are sent by one phone, one after another.
"""


class _Listening(Wording):
    """Remembers what each sentence was rendered to."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        self.heard: set[tuple[str, str]] = set()

    def say(self, sentence: str, **facts: str | bool | None) -> str:
        said = super().say(sentence, **facts)
        self.heard.add((sentence, said))
        return said

    def say_whole(self, sentence: str, facts: Mapping[str, str]) -> str:
        said = super().say_whole(sentence, facts)
        self.heard.add((sentence, said))
        return said


@dataclass(frozen=True, slots=True)
class Shown:
    """One answer of the page."""

    text: str
    reply: Reply
    sentences: frozenset[str]
    """Names of those that its lines are made of."""


class _SourceAway:
    """A billing source that can't tell of anything now."""

    def histories(self, bill_ids: Sequence[str]) -> Mapping[str, History]:
        raise SourceDown("away", unanswered=bill_ids)

    def bills_of_phone(self, phone_hash: bytes) -> Sequence[str]:
        raise SourceDown("away")


class _Source:
    """The made-up histories, and the bills of one phone."""

    def __init__(self, histories: Mapping[str, History], bills: Sequence[str]) -> None:
        self._histories, self._bills = histories, bills

    def histories(self, bill_ids: Sequence[str]) -> Mapping[str, History]:
        return {one: self._histories[one] for one in bill_ids if one in self._histories}

    def bills_of_phone(self, phone_hash: bytes) -> Sequence[str]:
        return self._bills


class Gallery:
    """Answers talks, and knows which sentences have been told in each letters."""

    def __init__(self, histories: Mapping[str, History] = HISTORIES) -> None:
        self._histories = histories
        folder = templates_dir() / "sms"
        words = load_vocabulary((folder / "vocabulary.toml").read_text("utf-8"))
        self._rules = Rules(jalali_of(TODAY), COMPANY, 1, words)
        self.wordings = {
            Script.PERSIAN: _Listening(folder),
            Script.LATIN: _Listening(folder / "latin"),
        }
        self._composer = Composer(self.wordings[Script.PERSIAN], self.wordings[Script.LATIN])
        self.told: dict[Script, set[str]] = {script: set() for script in Script}
        self.shown: list[Shown] = []

    def untold(self, script: Script) -> frozenset[str]:
        """Sentences of these letters that no answer so far holds."""
        return self.wordings[script].sentences() - self.told[script]

    def page(self) -> str:
        """The whole page."""
        sections = [
            *(_section(title, map(self._talk, talks)) for title, talks in SECTIONS.items()),
            _section("Limits, each told once", self._limits()),
            _section("An answer that takes longer", self._late()),
            _section("Latin letters", [*map(self._talk, LATIN), *self._rest_in_latin()]),
        ]
        kinds = len({shown.reply.rung for shown in self.shown})
        count = f"{len(self.shown)} answers of {kinds} kinds.\n"
        return "\n".join([_BEGINNING, count, *sections])

    def _talk(self, talk: Talk) -> str:
        return _block(talk.case, self.answers(talk))

    def answers(self, talk: Talk, *, latin: bool = False) -> Iterator[Shown]:
        """What the talk's texts are answered, one after another."""
        context = replace(talk.context, latin=latin)
        for text in talk.texts:
            question = Question(clean(text), talk.phone, context, _CODE)
            finding = self._desk(talk).answer([question])[0]
            context = finding.context
            if finding.reply is not None:
                yield self._show(text, finding.reply)

    def _desk(self, talk: Talk) -> Desk:
        def read(text: str, context: Context, _: object) -> Reading:
            return parse(text, context, self._rules)

        style = _style(talk.style)
        source = _Source(self._histories, talk.bills)
        today = (lambda _: style, lambda: TODAY)
        return Desk(source, read, self._composer, *today, talk.registered_only)

    def _late(self, *, latin: bool = False) -> Iterator[str]:
        desk = replace(self._desk(Talk("", ())), source=_SourceAway())
        context = Context(latin=latin)
        text = gallery_histories.PAID.bill_id
        for if_down, case in _LATE.items():
            question = Question(text, context=context, code=_CODE, if_down=if_down)
            reply = desk.answer([question])[0].reply
            if reply is not None:
                yield _block(case, [self._show(text, reply)])

    def _limits(self, *, latin: bool = False) -> Iterator[str]:
        desk = self._desk(Talk("", ()))
        for limit, case in _LIMITS.items():
            until = _REOPENS_AT if limit is Limit.LOCKED else None
            reply = desk.notice(Context(latin=latin), limit, until)
            yield _block(case, [self._show("", reply)])

    def _rest_in_latin(self) -> Iterator[str]:
        """What the other talks tell in Latin letters that no answer told before."""
        yield "The sentences that are left, from the talks above:\n"
        for talk in (talk for talks in SECTIONS.values() for talk in talks):
            start, news = len(self.shown), list(self._news_in_latin(talk))
            del self.shown[start:]
            if news:
                self.shown += news
                yield _block(talk.case, news)
        yield from self._limits(latin=True)
        yield from self._late(latin=True)

    def _news_in_latin(self, talk: Talk) -> Iterator[Shown]:
        told = set(self.told[Script.LATIN])
        for shown in self.answers(talk, latin=True):
            if shown.sentences - told:
                yield shown
            told |= shown.sentences

    def _show(self, text: str, reply: Reply) -> Shown:
        told: set[str] = set()
        for script, wording in self.wordings.items():
            in_this = {name for name, said in wording.heard if _stands_in(said, reply.text)}
            wording.heard.clear()
            self.told[script] |= in_this
            told |= in_this
        shown = Shown(text, reply, frozenset(told))
        self.shown.append(shown)
        return shown


def _stands_in(said: str, text: str) -> bool:
    """Whether lines of the text, or a note within one, are this sentence."""
    for form in (said, persian_digits(said)):
        if f"\n{form}\n" in f"\n{text}\n" or (" " in form and f" {form}\n" in f" {text}\n"):
            return True
    return False


def _style(options: Mapping[str, str | int]) -> Style:
    return replace(Style(today=TODAY), **options)  # type: ignore[arg-type]


def _section(title: str, blocks: Iterable[str]) -> str:
    return "\n".join([f"## {title}\n", *blocks])


def _block(case: str, answers: Iterable[Shown]) -> str:
    return "\n".join([f"### {case}\n", *map(_answer, answers)])


def _answer(shown: Shown) -> str:
    reply = shown.reply
    sent = f'<div dir="rtl"><code>{escape(shown.text)}</code></div>\n\n' if shown.text else ""
    facts = [
        f"{reply.units} units",
        f"{reply.parts} part{'s' if reply.parts > 1 else ''}",
        reply.encoding,
        f"`{reply.rung}`",
    ]
    if reply.fillings:
        facts.append("filled in: " + ", ".join(f"`{name}`" for name in reply.fillings))
    if reply.left_out:
        facts.append("left out: " + _left_out(reply.left_out))
    direction = "rtl" if reply.encoding == "UCS-2" else "ltr"
    text = escape(reply.text, quote=False)
    return f'{sent}<div dir="{direction}"><pre>\n{text}\n</pre></div>\n\n{" · ".join(facts)}\n'


def _left_out(names: Sequence[str]) -> str:
    """Names of what is left out; of a long run its ends."""
    told = [f"`{name}`" for name in names]
    return ", ".join(told) if len(told) <= 3 else f"{told[0]} to {told[-1]}"


def page() -> str:
    """The page's text."""
    return Gallery().page()


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    sys.stdout.write("docs/reference/gallery.md: renewed\n")
