"""What would be answered, and shown on screens, without anybody being answered."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time

from sms_service.domain.calendar import TEHRAN
from sms_service.domain.records import History
from sms_service.domain.usage import Limit
from sms_service.language.context import Context
from sms_service.language.normalise import clean
from sms_service.language.reading import Reading, Reply, Script
from sms_service.language.screens import MOST_YEARS, units_of
from sms_service.language.weighing import Weighed, WeighingComposer
from sms_service.service.desk import Desk, IfDown, Question
from sms_service.service.ports import SourceDown
from sms_service.service.ussd.menu import NEXT, Ask, Menu
from sms_service.service.ussd.session import Session, Stage
from sms_service.service.ussd.views import Screen

_CODE = "48213907"
"""Stands where an answer has its tracking code."""
_MOST_PAGES = 6
"""Of one answer; the rest look alike."""
_KEYS = ("1", "2", "3")
"""Of the screen of a bill: debt, history, payments."""


class SampleSource:
    """A billing source of made-up histories."""

    def __init__(self, histories: Iterable[History] = (), *, down: bool = False) -> None:
        """``down``: it can't tell of anything now."""
        self._histories = {one.bill_id: one for one in histories}
        self._down = down

    def histories(self, bill_ids: Sequence[str]) -> Mapping[str, History]:
        """Those of them that there are. Raises SourceDown."""
        if self._down:
            raise SourceDown("away", unanswered=bill_ids)
        return {one: self._histories[one] for one in bill_ids if one in self._histories}

    def bills_of_phone(self, phone_hash: bytes) -> Sequence[str]:
        """None: nobody made up has a phone."""
        return ()


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be previewed."""

    texts: Sequence[str]
    """That one phone sends, one after another."""
    latin: bool = False
    registered: bool = False
    """The phone is the one on the branch record."""
    if_down: IfDown = IfDown.PROMISE
    saved: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Bill IDs by the names that the phone gave them."""
    changes_today: int = 0
    """Names that it saved or dropped today."""


@dataclass(frozen=True, slots=True)
class Previewed:
    """One text and its answer."""

    text: str
    reading: Reading | None
    reply: Reply | None
    weighed: Sequence[Weighed] = ()
    """The renderings that were tried; the last is the one that was chosen."""


@dataclass(frozen=True, slots=True)
class ShownScreen:
    """One screen of a dialogue: what was typed to reach it, and its size."""

    name: str
    text: str = field(repr=False)
    ends: bool

    @property
    def units(self) -> int:
        return units_of(self.text)


def preview(desk: Desk, composer: WeighingComposer, asked: Asked) -> list[Previewed]:
    """The answers to these texts. ``composer`` is the one that the desk composes with."""
    context = Context(latin=asked.latin, saved=asked.saved, changes_today=asked.changes_today)
    told: list[Previewed] = []
    for text in asked.texts:
        question = Question(
            clean(text), None, context, _CODE, if_down=asked.if_down, at_counter=asked.registered
        )
        composer.weighed = ()
        finding = desk.answer([question])[0]
        context = finding.context
        told.append(Previewed(text, finding.reading, finding.reply, composer.weighed))
    return told


def notices(desk: Desk, *, latin: bool) -> dict[Limit, Reply]:
    """What a phone is told of each limit that it is told of."""
    told = (Limit.PHONE_ANSWERS, Limit.BILL_ANSWERS, Limit.LOCKED)
    context = Context(latin=latin)
    return {limit: desk.notice(context, limit, _reopens_at(limit, desk)) for limit in told}


def dialogue(
    menu: Menu, desk: Desk, bill_id: str, *, latin: bool, registered: bool
) -> Iterator[ShownScreen]:
    """What a dialogue shows of a bill: its menu, then debt, history and payments, page by page."""
    first = Session(stage=Stage.WHAT, bill_id=bill_id, latin=latin)
    yield ShownScreen("", *_said(menu.views.screen(first)))
    for key in _KEYS:
        yield from _after(menu, _teller(desk, registered=registered), first, key)


def every_screen(menu: Menu, bill_ids: Sequence[str], year: int, latin: bool) -> list[ShownScreen]:
    """Each screen that there is, by the name of its template."""
    views, own = menu.views, tuple((bill_id, None) for bill_id in bill_ids[:3])
    years = tuple(range(year, year - 2 * MOST_YEARS, -1))
    script = Script.LATIN if latin else Script.PERSIAN
    session = Session(bill_id=bill_ids[0], latin=latin, bills=own, years=years, pages=("…", "…"))
    stages = {stage.value: views.screen(replace(session, stage=stage)) for stage in Stage}
    ends = {
        name: views.end(name, session, code=_CODE)
        for name in views.screens.names(script) - stages.keys()
    }
    return [ShownScreen(name, *_said(one)) for name, one in sorted({**stages, **ends}.items())]


_Tell = Callable[[Ask], tuple[Reading, Reply | None]]


def _teller(desk: Desk, *, registered: bool) -> _Tell:
    def tell(ask: Ask) -> tuple[Reading, Reply | None]:
        question = Question(ask.text, code=_CODE, if_down=IfDown.WAIT, at_counter=registered)
        finding = desk.answer([question])[0]
        return finding.reading, finding.reply

    return tell


def _after(menu: Menu, tell: _Tell, session: Session, keys: str) -> Iterator[ShownScreen]:
    """The screen that a key leads to, and those that follow it."""
    move = menu.turn(session, keys[-1])
    if isinstance(move.leads_to, Ask):
        move = menu.told(move.session, *tell(move.leads_to))
    if isinstance(move.leads_to, Ask):
        return
    yield ShownScreen(keys, *_said(move.leads_to))
    if len(keys) > _MOST_PAGES or move.leads_to.ends:
        return
    now = move.session
    if now.stage is Stage.YEARS:
        yield from _after(menu, tell, now, keys + "1")
    elif now.stage is Stage.PAGES and now.first + 1 < len(now.pages):
        yield from _after(menu, tell, now, keys + NEXT)


def _said(screen: Screen) -> tuple[str, bool]:
    return screen.text, screen.ends


def _reopens_at(limit: Limit, desk: Desk) -> datetime | None:
    if limit is not Limit.LOCKED:
        return None
    return datetime.combine(desk.today(), time(14, 30), TEHRAN)
