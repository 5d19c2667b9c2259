"""The parts of USSD dialogues, as the settings want them."""

import tomllib
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sms_service.channels.ussd.redis_sessions import RedisSessions, connected
from sms_service.desks import make_desk, style_of
from sms_service.language.context import Context
from sms_service.language.reading import Reading, Script
from sms_service.language.screen_answers import ScreenComposer
from sms_service.language.screens import Screens
from sms_service.language.style import Style
from sms_service.ledger.committer import Committer
from sms_service.ledger.dialogues import DialogueLedger
from sms_service.service.desk import Desk, Question
from sms_service.service.limiting import LimitedDesk
from sms_service.service.ussd.consulting import Consulting
from sms_service.service.ussd.conversation import Conversation, People
from sms_service.service.ussd.menu import Menu
from sms_service.service.ussd.views import Views
from sms_service.templates import templates_dir

if TYPE_CHECKING:
    from sms_service.wiring import Parts

_LOOKUPS_AT_A_TIME = 6
"""Each may hold a connection of the pool, which others need too."""
_FINISH_PATIENCE = 0.25
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
    desk = make_desk(settings, parts.source, parts.today, composer)
    style = style_of(settings)
    words = tomllib.loads((templates_dir() / "ussd" / "words.toml").read_text("utf-8"))

    def style_for(latin: bool) -> Style:
        return style(parts.today()).in_script(Script.LATIN if latin else Script.PERSIAN)

    def read(text: str) -> Reading:
        return desk.read(Question(text, context=Context()))

    views = Views(screens, style_for, settings.support_phone, settings.answer_line)
    return Talk(desk, Menu(views, read, words["wishes"]))


def make_people(parts: "Parts", threads: Executor) -> People:
    """What the ledger and the billing source know of phones."""
    return People(parts.contexts, parts.source, parts.hash_phone, threads)


def make_conversation(parts: "Parts") -> Conversation:
    """USSD dialogues over the parts of a web process. Raises SettingsError."""
    settings = parts.settings
    settings.require("redis_url")
    assert settings.redis_url is not None  # noqa: S101  # required above
    talk, limited = make_talk(parts), parts.limited_desk
    threads = ThreadPoolExecutor(_LOOKUPS_AT_A_TIME, thread_name_prefix="ussd")
    dialogues = DialogueLedger(parts.engine, parts.inbound)
    consulting = Consulting(
        parts.recorder,
        Committer(dialogues.finish, patience=_FINISH_PATIENCE),
        Committer(dialogues.fulfil, patience=_FINISH_PATIENCE),
        dialogues,
        parts.contexts,
        LimitedDesk(talk.desk, limited.limits, limited.bill_answers),
        parts.doorbell,
        threads,
        timedelta(hours=settings.answer_validity_hours),
    )
    sessions = RedisSessions(
        connected(settings.redis_url.get_secret_value()),
        settings.ussd_session_seconds,
        settings.ussd_offered_seconds,
    )
    people = make_people(parts, threads)
    return Conversation(talk.menu, sessions, consulting, people, settings.ussd_deadline_seconds)
