"""The texts of tests/data as people type them, and the senders that they come from."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sms_service.language.context import Context, Wish

_DATA = Path(__file__).parents[1] / "data"


def inbound_texts() -> list[dict[str, Any]]:
    """Every text with the reading that is due, by the keys of the files."""
    return [
        entry
        for corpus in ("inbound_corpus.toml", "inbound_people.toml")
        for entry in tomllib.loads((_DATA / corpus).read_text(encoding="utf-8"))["text"]
    ]


def context_of(entry: Mapping[str, Any]) -> Context:
    """What is known of the sender of a text."""
    known = entry.get("context", {})
    return Context(
        last_bill_id=known.get("last_bill_id"),
        registered_bill_ids=tuple(known.get("registered_bill_ids", ())),
        saved=known.get("saved", {}),
        offered=tuple(known.get("offered", ())),
        wish=Wish(**known["wish"]) if "wish" in known else None,
    )
