"""The parts of USSD dialogues, as the settings want them."""

import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from sms_service.channels.ussd.redis_sessions import RedisSessions, connected
from sms_service.language.context import Context
from sms_service.language.reading import Reading, Script
from sms_service.language.screen_answers import ScreenComposer
from sms_service.language.screens import Screens
from sms_service.language.style import Style
from sms_service.ledger.committer import Committer
from sms_service.ledger.context import ContextLedger
from sms_service.ledger.dialogues import DialogueLedger
from sms_service.service.desk import Desk, Question
from sms_service.service.limiting import LimitedDesk
from sms_service.service.ussd.alone import AtOnce, Memory, Trial
from sms_service.service.ussd.consulting import Books, Consulting, Lookups
from sms_service.service.ussd.conversation import Conversation, People
from sms_service.service.ussd.menu import Menu
from sms_service.service.ussd.ports import Sessions
from sms_service.service.ussd.views import Views
from sms_service.templates import templates_dir
from sms_service.wiring.desks import make_desk, style_of

if TYPE_CHECKING:
    from sms_service.wiring import Parts

Item = TypeVar("Item")
Result = TypeVar("Result")

_PATIENCE = 0.25
"""Seconds for what is no look-up: with the deadline, all of a step stays below two."""
_SLOW_LOOKUPS = 4
"""Look-ups that may hang before the next ones wait for them."""
_ALL_YEARS = 20
"""A menu offers every year that has data, however few years a text is answered with."""


@dataclass(frozen=True, slots=True)
class Talk:
    """How questions are read and answered on screens."""

    desk: Desk
    menu: Menu


def make_talk(parts: "Parts") -> Talk:
    """The desk and the menu in the words of ``templates/ussd``. Connects to nothing."""
    settings = parts.settings.model_copy(update={"default_years": _ALL_YEARS})
    screens = Screens(templates_dir() / "ussd")
    composer = ScreenComposer.load_both(templates_dir() / "sms", screens)
    desk = make_desk(settings, parts.linked_source, parts.today, composer)
    style = style_of(settings)
    words = tomllib.loads((templates_dir() / "ussd" / "words.toml").read_text("utf-8"))

    def style_for(latin: bool) -> Style:
        return style(parts.today()).in_script(Script.LATIN if latin else Script.PERSIAN)

    def read(text: str) -> Reading:
        return desk.read(Question(text, context=Context()))

    views = Views(screens, style_for, settings.support_phone, settings.answer_line)
    return Talk(desk, Menu(views, read, words["wishes"]))


def make_conversation(parts: "Parts") -> Conversation:
    """USSD dialogues over the parts of a web process. Raises SettingsError."""
    settings = parts.settings
    settings.require("redis_url")
    assert settings.redis is not None  # noqa: S101  # required above
    sessions = RedisSessions(
        connected(settings.redis),
        settings.ussd_session_seconds,
        settings.ussd_offered_seconds,
    )
    return converse(parts, Sessions(_together(sessions.load), _together(sessions.keep)))


def converse(parts: "Parts", sessions: Sessions) -> Conversation:
    """The same, with dialogues kept in a place of one's own."""
    talk, deadline = make_talk(parts), parts.settings.ussd_deadline_seconds
    return Conversation(
        talk.menu,
        sessions,
        _consulting(parts, talk.desk, deadline),
        People(
            _together(lambda phones: _contexts(parts.contexts, phones), deadline),
            _together(partial(_registered, parts), threads=_SLOW_LOOKUPS),
            parts.hash_phone,
        ),
        deadline,
    )


def make_trial(parts: "Parts") -> Conversation:
    """Dialogues over the bills and names of the database, which change and send nothing."""
    talk, contexts = make_talk(parts), dict[bytes, Context]()

    def recalled(phones: Sequence[bytes]) -> list[Context]:
        for phone in phones:
            contexts.setdefault(phone, _recalled_or_new(parts, phone))
        return [contexts[phone] for phone in phones]

    return Conversation(
        talk.menu,
        Memory().sessions(),
        Trial(talk.desk, contexts),
        People(AtOnce(recalled), AtOnce(partial(_registered, parts)), parts.hash_phone),
        parts.settings.ussd_deadline_seconds,
    )


def _consulting(parts: "Parts", desk: Desk, deadline: float) -> Consulting:
    dialogues, limited = DialogueLedger(parts.engine, parts.inbound), parts.limited_desk
    lookups = Lookups(parts.contexts, LimitedDesk(desk, limited.limits, limited.bill_answers))
    books = Books(
        parts.recorder,
        _together(dialogues.finish),
        _together(dialogues.leave),
        _together(dialogues.fulfil),
        _together(dialogues.became, deadline),
    )
    validity = timedelta(hours=parts.settings.answer_validity_hours)
    return Consulting(books, _together(lookups, deadline, _SLOW_LOOKUPS), parts.doorbell, validity)


def _together(
    work: Callable[[Sequence[Item]], Sequence[Result]],
    seconds: float = _PATIENCE,
    threads: int = 1,
) -> Committer[Item, Result]:
    """Work for several dialogues at a time, which each wait for it so long."""
    return Committer(work, patience=seconds, threads=threads)


def _registered(parts: "Parts", phones: Sequence[bytes]) -> list[Sequence[str]]:
    return [parts.linked_source.bills_of_phone(phone) for phone in phones]


def _recalled_or_new(parts: "Parts", phone: bytes) -> Context:
    """Names are sealed: without DATA_KEYS a phone is a new one."""
    if not parts.settings.data_keys:
        return Context()
    return _contexts(parts.contexts, [phone])[0]


def _contexts(ledger: ContextLedger, phones: Sequence[bytes]) -> list[Context]:
    known = ledger.recall(phones)
    return [known.get(phone, Context()) for phone in phones]
