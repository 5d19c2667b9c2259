"""The parts of USSD dialogues, as the settings want them."""

import tomllib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import TYPE_CHECKING

from sms_service.channels.ussd.redis_sessions import RedisSessions, connected
from sms_service.desks import make_desk, style_of
from sms_service.language.context import Context
from sms_service.language.reading import Reading, Script
from sms_service.language.screen_answers import ScreenComposer
from sms_service.language.screens import Screens
from sms_service.language.style import Style
from sms_service.service.desk import Desk, Question
from sms_service.service.limiting import LimitedDesk
from sms_service.service.ussd.consulting import Consulting
from sms_service.service.ussd.conversation import Conversation
from sms_service.service.ussd.menu import Menu
from sms_service.service.ussd.views import Views
from sms_service.templates import templates_dir

if TYPE_CHECKING:
    from sms_service.wiring import Parts

_LOOKUPS_AT_A_TIME = 16


def make_conversation(parts: "Parts") -> Conversation:
    """USSD dialogues over the parts of a web process. Raises SettingsError."""
    settings = parts.settings
    settings.require("redis_url")
    screens = Screens(templates_dir() / "ussd")
    composer = ScreenComposer.load_both(templates_dir() / "sms", screens)
    desk = make_desk(settings, parts.source, parts.today, composer)
    redis_url = settings.redis_url
    assert redis_url is not None  # noqa: S101  # required above
    sessions = RedisSessions(
        connected(redis_url.get_secret_value()),
        settings.ussd_session_seconds,
        settings.ussd_offered_seconds,
    )
    limited = parts.limited_desk
    consulting = Consulting(
        parts.recorder,
        parts.inbound,
        parts.contexts,
        LimitedDesk(desk, limited.limits, limited.bill_answers),
        parts.doorbell,
        ThreadPoolExecutor(_LOOKUPS_AT_A_TIME, thread_name_prefix="ussd"),
        timedelta(hours=settings.answer_validity_hours),
        timedelta(seconds=settings.ussd_deadline_seconds),
    )
    menu = make_menu(desk, screens, style_of(settings), parts.today, settings.answer_line)
    return Conversation(menu, sessions, consulting, parts.contexts, parts.source, parts.hash_phone)


def make_menu(
    desk: Desk,
    screens: Screens,
    style: Callable[[date], Style],
    today: Callable[[], date],
    line: str | None,
) -> Menu:
    """The menu in the words of ``templates/ussd``."""
    words = tomllib.loads((templates_dir() / "ussd" / "words.toml").read_text("utf-8"))

    def style_for(latin: bool) -> Style:
        return style(today()).in_script(Script.LATIN if latin else Script.PERSIAN)

    def read(text: str) -> Reading:
        return desk.read(Question(text, context=Context()))

    views = Views(screens, style_for, style(today()).support_phone, line)
    return Menu(views, read, words["wishes"])
