"""Texts as people really type them, each with the reading that is due."""

from typing import Any

import pytest

from sms_service.language.parse import parse
from tests.support.inbound import context_of, inbound_texts
from tests.support.reading import RULES


@pytest.mark.parametrize(
    "entry", [pytest.param(entry, id=repr(entry["text"])[:60]) for entry in inbound_texts()]
)
def test_a_text_is_read_as_it_was_meant(entry: dict[str, Any]) -> None:
    reading = parse(entry["text"], context_of(entry), RULES)
    told = {
        "intent": reading.intent,
        "bill_id": reading.bill_id,
        "from_year": reading.from_year,
        "problem": reading.problem,
        "notes": list(reading.notes),
        "more_bill_ids": list(reading.more_bill_ids),
        "period": reading.period,
        "month": reading.month,
        "score": reading.score,
        "name": reading.name,
    }
    due = {key: entry.get(key, [] if isinstance(told[key], list) else None) for key in told}
    assert told == due
    for key in ("number", "summary", "script"):
        if key in entry:
            assert getattr(reading, key) == entry[key]
