"""A composer that remembers which renderings it weighed: for whoever wants to see the choice."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from sms_service.language.compose import Composer
from sms_service.language.ladder import Draft
from sms_service.language.reading import Reply
from sms_service.language.style import Style
from sms_service.language.wording import Wording


@dataclass(frozen=True, slots=True)
class Weighed:
    """A rendering that was tried, from the most legible on; the last one was chosen."""

    rung: str
    units: int
    parts: int
    """Before its last part was filled up."""


@dataclass(frozen=True, slots=True)
class Rung:
    """Renderings of one name, tried one after another: the last of them, and how many."""

    last: Weighed
    tried: int


def rungs(weighed: Iterable[Weighed]) -> list[Rung]:
    """What was weighed, with neighbours of one name drawn together."""
    return [
        Rung(one[-1], len(one))
        for one in (list(group) for _, group in groupby(weighed, key=lambda each: each.rung))
    ]


class WeighingComposer(Composer):
    """Composes as any other. Of one thread at a time: it remembers its last answer."""

    def __init__(self, persian: Wording, latin: Wording) -> None:
        super().__init__(persian, latin)
        self.weighed: tuple[Weighed, ...] = ()
        """What was weighed for the last answer; nothing for one that has one wording only."""

    def _fit(self, drafts: Iterable[Draft], room: int, style: Style) -> Reply:
        tried: list[Weighed] = []
        reply = super()._fit(self._noted(drafts, style, tried), room, style)
        self.weighed = tuple(tried)
        return reply

    def _whole(self, rung: str, text: str, style: Style) -> Reply:
        self.weighed = ()
        return super()._whole(rung, text, style)

    def _noted(
        self, drafts: Iterable[Draft], style: Style, tried: list[Weighed]
    ) -> Iterator[Draft]:
        for draft in drafts:
            tried.append(Weighed(draft.rung, draft.units, style.encoding.parts(draft.units)))
            yield draft
