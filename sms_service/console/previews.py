"""Answers and screens as they would be sent, for samples and for real bills."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from sms_service.domain.calendar import jalali_of
from sms_service.language.weighing import WeighingComposer
from sms_service.language.wording import Wording
from sms_service.language.years import FIRST_YEAR_WITH_RECORDS
from sms_service.service.desk import Desk, IfDown
from sms_service.service.ports import BillingSource
from sms_service.service.previewing import (
    Asked,
    Previewed,
    SampleSource,
    ShownScreen,
    dialogue,
    every_screen,
    notices,
    preview,
)
from sms_service.service.samples import Samples, samples_of
from sms_service.templates import templates_dir
from sms_service.wiring import Parts
from sms_service.wiring.desks import make_desk
from sms_service.wiring.ussd import Talk, make_talk

_IF_DOWN = {"promise": IfDown.PROMISE, "apologise": IfDown.APOLOGISE}
_SEVERAL = ("paid", "debtor", "overdue", "credit")


@dataclass(frozen=True, slots=True)
class Example:
    """A case of the gallery and the answers that it gets."""

    name: str
    answers: Sequence[Previewed]


class Previews:
    """Composes what the texts page shows. Sends nothing and writes nothing down."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    @property
    def samples(self) -> Samples:
        """The made-up subscribers, as they are today."""
        return samples_of(self._parts.today(), self._parts.settings.company_code)

    def answers(self, asked: Asked, source: BillingSource) -> list[Previewed]:
        """What these texts would be answered out of this source."""
        desk, composer = self._desk(source)
        return preview(desk, composer, asked)

    def screens(
        self, bill_id: str, source: BillingSource, *, latin: bool, registered: bool
    ) -> list[ShownScreen]:
        """What a dialogue would show of this bill."""
        desk = replace(self._talk.desk, source=source)
        menu = self._talk.menu
        return list(dialogue(menu, desk, bill_id, latin=latin, registered=registered))

    def every_screen(self, *, latin: bool) -> list[ShownScreen]:
        """Each screen that there is, with made-up facts."""
        samples, year = self.samples, jalali_of(self._parts.today()).year
        bill_ids = [samples.histories[name].bill_id for name in _SEVERAL]
        return every_screen(self._talk.menu, bill_ids, year, latin)

    def gallery(self, talks: Sequence[Mapping[str, Any]], *, latin: bool) -> list[Example]:
        """The answers to the talks of templates/words/console/texts.toml."""
        samples = self.samples
        facts = _facts(samples, jalali_of(self._parts.today()).year)
        return [self._example(talk, samples, facts, latin=latin) for talk in talks]

    def notices(self, names: Mapping[str, str], *, latin: bool) -> list[Example]:
        """What is told of limits, by the names of the limits."""
        desk, _ = self._desk(SampleSource())
        told = notices(desk, latin=latin)
        return [
            Example(names[limit], [Previewed("", None, reply)]) for limit, reply in told.items()
        ]

    def _example(
        self,
        talk: Mapping[str, Any],
        samples: Samples,
        facts: Mapping[str, str],
        *,
        latin: bool,
    ) -> Example:
        sample = samples.histories.get(talk.get("sample", "paid"))
        own = {**facts, "bill": sample.bill_id if sample else facts["bill"]}
        source = SampleSource(samples.histories.values(), down="down" in talk)
        desk, composer = self._desk(source)
        if talk.get("only_registered"):
            desk = replace(desk, registered_only=True)
        asked = Asked(
            [text.format(**own) for text in talk["texts"]],
            latin,
            bool(talk.get("registered")),
            _IF_DOWN[talk.get("down", "promise")],
            {name: bill.format(**own) for name, bill in talk.get("saved", {}).items()},
            talk.get("changes_today", 0),
        )
        return Example(str(talk["name"]), preview(desk, composer, asked))

    def _desk(self, source: BillingSource) -> tuple[Desk, WeighingComposer]:
        composer = WeighingComposer(*self._wordings)
        return replace(self._plain_desk, source=source, composer=composer), composer

    @cached_property
    def _plain_desk(self) -> Desk:
        return make_desk(self._parts.settings, SampleSource(), self._parts.today)

    @cached_property
    def _talk(self) -> Talk:
        return make_talk(self._parts)

    @cached_property
    def _wordings(self) -> tuple[Wording, Wording]:
        folder = templates_dir() / "sms"
        return Wording(folder), Wording(folder / "latin")


def _facts(samples: Samples, year: int) -> Mapping[str, str]:
    """What the texts of a talk may name."""
    bills = {f"bill{n}": samples.histories[name].bill_id for n, name in enumerate(_SEVERAL, 1)}
    return {
        **bills,
        "bill": bills["bill1"],
        "unknown": samples.unknown,
        "mistyped": samples.mistyped,
        "other_company": samples.other_company,
        "gas": samples.gas,
        "year": str(year),
        "last_year": str(year - 1),
        "next_year": str(year + 1),
        "old_year": str(FIRST_YEAR_WITH_RECORDS - 1),
    }
