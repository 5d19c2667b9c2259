"""Texts as people really type them, each with the reading that is due."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from sms_service.domain.calendar import JalaliDay
from sms_service.language.parse import Rules, load_vocabulary, parse
from sms_service.language.reading import Context
from sms_service.templates import templates_dir

CORPUS = Path(__file__).parents[2] / "data" / "inbound_corpus.toml"
RULES = Rules(
    today=JalaliDay(1405, 9, 2),
    company_code="044",
    default_years=1,
    vocabulary=load_vocabulary(
        (templates_dir() / "sms" / "vocabulary.toml").read_text(encoding="utf-8")
    ),
)
entries: list[dict[str, Any]] = tomllib.loads(CORPUS.read_text(encoding="utf-8"))["text"]


def context_of(entry: dict[str, Any]) -> Context:
    known = entry.get("context", {})
    return Context(
        last_bill_id=known.get("last_bill_id"),
        registered_bill_ids=tuple(known.get("registered_bill_ids", ())),
        saved=known.get("saved", {}),
    )


@pytest.mark.parametrize(
    "entry", [pytest.param(entry, id=repr(entry["text"])[:60]) for entry in entries]
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
    for key in ("number", "summary"):
        if key in entry:
            assert getattr(reading, key) == entry[key]
