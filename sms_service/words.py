"""Words for people about what happens inside: states, reasons, and what to do next."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from sms_service.domain.states import InboundState, LaneState, OutboundState, ReceiptState

KINDS: Mapping[str, type[StrEnum]] = {
    "inbound": InboundState,
    "outbound": OutboundState,
    "receipt": ReceiptState,
    "lane": LaneState,
}
"""The tables of states, by their name in the file of words."""


@dataclass(frozen=True, slots=True)
class Words:
    """Persian words by machine word; one that has none is told as it is."""

    tables: Mapping[str, Mapping[str, Any]]

    def state(self, kind: str, state: str) -> str:
        """The label of a state of ``KINDS``."""
        return str(self.tables[kind].get(state, {}).get("label", state))

    def next_step(self, kind: str, state: str) -> str | None:
        """What its reader is to do about a state, where anything is."""
        step = self.tables[kind].get(state, {}).get("next")
        return None if step is None else str(step)

    def happened(self, what: str) -> str:
        """The label of an event: a state that was entered, or something else that happened."""
        for kind in ("inbound", "outbound"):
            if what in self.tables[kind]:
                return self.state(kind, what)
        return str(self.tables["event"].get(what, what))

    def reason(self, reason: str | None) -> str | None:
        """Why, or what was wished and who was asked, which events tell in its place.

        A gateway's number that has no words of its own is told beside its kind.
        """
        if reason is None:
            return None
        said = self.tables["reason"]
        known = said.get(reason) or self.tables["wish"].get(reason)
        if known is not None:
            return str(known)
        kind, _, number = reason.rpartition("_")
        return f"{said[kind]} {number}" if kind in said else reason


def load_words(path: Path) -> Words:
    """Read the file of words."""
    return Words(tomllib.loads(path.read_text(encoding="utf-8")))


def read_words(folder: Path) -> Mapping[str, Mapping[str, Any]]:
    """Every file of words in a folder, by its name."""
    return {
        file.stem: tomllib.loads(file.read_text(encoding="utf-8"))
        for file in sorted(folder.glob("*.toml"))
    }
