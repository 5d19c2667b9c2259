"""Choose among whole renderings by a budget of parts; never cut inside one.

Drafts come from most to least legible and the first that fits wins. What room is left in
its last part is then used for clearer wordings and for a few more facts.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sms_service.language.cursor import Cursor
from sms_service.language.parts import Encoding

MOST_FILLINGS = 2
_SHORTEST_FILLING = 10
"""Units below which looking for something to add is not worth the time."""


class Clearer(NamedTuple):
    """A longer, clearer text for one line."""

    line: int
    text: str


class Filling(NamedTuple):
    """A line worth adding where it costs no part."""

    name: str
    """What it tells, e.g. ``last_payment``: recorded with the answer."""
    text: str
    before: int | None = None
    """The line it goes before; None puts it last."""


@dataclass(frozen=True, slots=True)
class Draft:
    """One rendering, in lines. What may improve it is worked out only if it is chosen.

    Its letters take one unit each, in either encoding.
    """

    rung: str
    lines: Sequence[str]
    left_out: tuple[str, ...] = ()
    cursor: Callable[[], Cursor | None] = lambda: None
    """Where it ends, if «بعدی» can go on from there."""
    offered: tuple[str, ...] = ()
    """Bill IDs of the numbered list that it holds."""
    clearer: Callable[[], Iterable[Clearer]] = tuple
    """Most wanted first."""
    fillings: Callable[[], Iterable[Filling]] = tuple
    """Most wanted first."""

    @property
    def units(self) -> int:
        """Units of the lines with a line feed between each two."""
        return sum(map(len, self.lines)) + len(self.lines) - 1


def first_that_fits(drafts: Iterable[Draft], room: int) -> Draft:
    """The first draft within the room; the last one if none is. ValueError without drafts."""
    last: Draft | None = None
    for draft in drafts:
        if draft.units <= room:
            return draft
        last = draft
    if last is None:
        raise ValueError("a ladder needs a rung")
    return last


class Polished(NamedTuple):
    """A draft whose last part is used."""

    lines: list[str]
    fillings: tuple[str, ...]
    """Names of what was added."""


def polished(draft: Draft, encoding: Encoding, reserved: int) -> Polished:
    """The draft's lines, with the room of its last part used.

    ``reserved`` units are kept free for what is appended to every message.
    """
    lines = list(draft.lines)
    taken = draft.units + reserved
    free = encoding.room(encoding.parts(taken)) - taken
    for index, text in draft.clearer() if free else ():
        cost = len(text) - len(lines[index])
        if cost <= free:
            lines[index] = text
            free -= cost
    chosen = _that_fit(draft.fillings(), free) if free > _SHORTEST_FILLING else []
    end = len(lines)
    in_order = sorted(chosen, key=lambda filling: _place(filling, end))
    for already_added, filling in enumerate(in_order):
        lines.insert(_place(filling, end) + already_added, filling.text)
    return Polished(lines, tuple(filling.name for filling in in_order))


def _place(filling: Filling, end: int) -> int:
    return end if filling.before is None else filling.before


def _that_fit(fillings: Iterable[Filling], free: int) -> list[Filling]:
    chosen: list[Filling] = []
    for filling in fillings:
        if len(filling.text) < free:
            free -= len(filling.text) + 1
            chosen.append(filling)
            if len(chosen) == MOST_FILLINGS or free <= _SHORTEST_FILLING:
                break
    return chosen
