"""The numbered list of a phone's bills, to pick one from; and what became of their names."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from sms_service.domain.bill_id import short_name
from sms_service.language.cursor import Cursor, Series
from sms_service.language.history_answer import rows_that_fit
from sms_service.language.ladder import Clearer, Draft
from sms_service.language.voice import Voice

MOST_OFFERED = 9
"""One keystroke picks one."""


def bills_drafts(
    bill_ids: Sequence[str],
    saved: Mapping[str, str],
    voice: Voice,
    room: int,
    after: Cursor | None = None,
) -> Iterator[Draft]:
    """Renderings of a list of these bills in order, from most to fewest of them.

    ``saved``: bill IDs by the name that the phone gave them. ``after``: go on with what
    follows the bill where an earlier list ended. Rows are numbered from 1 in every text.
    """
    wanted = list(bill_ids)
    if after is not None and after.bill_id in wanted:
        wanted = wanted[wanted.index(after.bill_id) + 1 :]
    if not wanted:
        yield Draft("no_bills", [voice.wording.say("no_more_bills")])
        return
    rows = _rows(wanted, saved, voice)
    for count in range(min(MOST_OFFERED, max(1, rows_that_fit(rows, room))), 0, -1):
        rest = len(wanted) - count
        yield Draft(
            "bills",
            [
                voice.wording.say("pick_short"),
                *rows[:count],
                *([voice.wording.say("rest_short")] if rest else []),
            ],
            left_out=("more_bills",) if rest else (),
            cursor=partial(Cursor, Series.BILLS, bill_id=wanted[count - 1]),
            offered=tuple(wanted[:count]),
            clearer=partial(_clearer, len(bill_ids), count, rest, voice),
        )


def _rows(bill_ids: Sequence[str], saved: Mapping[str, str], voice: Voice) -> list[str]:
    names = {bill_id: name for name, bill_id in saved.items() if voice.can_say(name)}
    short = [short_name(bill_id) for bill_id in bill_ids]
    told = short if len(set(short)) == len(short) else bill_ids
    return [
        voice.wording.say(
            "bill_to_pick",
            number=str(number),
            name=names.get(bill_id),
            bill=bill,
        )
        for number, (bill_id, bill) in enumerate(zip(bill_ids, told, strict=True), 1)
    ]


def _clearer(bills: int, count: int, rest: int, voice: Voice) -> Iterator[Clearer]:
    say = voice.wording.say
    if rest:
        yield Clearer(count + 1, say("rest", bills=str(rest)))
    yield Clearer(0, say("pick"))
    if bills > 1:
        yield Clearer(0, say("pick_of_several", bills=str(bills)))


def saved_drafts(name: str, bill_id: str, before: str | None, voice: Voice) -> Iterator[Draft]:
    """That a bill has a name now, how to ask by it, and how to take it back.

    ``before``: the bill that had this name until now.
    """
    say = voice.wording.say
    if not voice.can_say(name):
        yield Draft("saved", [say("saved_unsaid", bill=short_name(bill_id)), say("see_names")])
        return
    lines = [say("saved", name=name, bill=short_name(bill_id))]
    if before is not None and before != bill_id:
        lines.append(say("saved_before", bill=short_name(before)))
    undo = say("undo_save", name=name)
    yield Draft("saved", [*lines, say("ask_by_name", name=name), undo])
    yield Draft("saved", [*lines, undo])
    yield Draft("saved", [lines[0], undo])
    yield Draft("saved", [say("saved_unsaid", bill=short_name(bill_id)), undo])


def forgotten_drafts(name: str, voice: Voice) -> Iterator[Draft]:
    """That a name is gone, and how to bring it back."""
    say = voice.wording.say
    if not voice.can_say(name):
        yield Draft("forgotten", [say("forgotten_unsaid"), say("see_names")])
        return
    yield Draft("forgotten", [say("forgotten", name=name), say("undo_forget", name=name)])
