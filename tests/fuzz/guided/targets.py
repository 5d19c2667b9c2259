"""What can be fuzzed: a function that takes bytes, and what it needs to get going."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

CORPUS = Path(__file__).parents[1] / "corpus"
"""Inputs that are kept, a folder a target."""
NAMES = (
    "texts",
    "webhooks",
    "dialects",
    "front",
    "exports",
    "rows",
    "workbooks",
    "mappings",
    "interface",
    "gateways",
    "id_lists",
    "desk_words",
    "masking",
    "logs",
    "days",
)


@dataclass(frozen=True, slots=True)
class Target:
    """One entrance of the product."""

    try_one: Callable[[bytes], None]
    """Raises for an input that is treated wrongly."""
    seeds: Sequence[bytes]
    """Where the search begins."""
    words: Sequence[str | bytes] = ()
    """What no search by single bytes would come upon."""
    longest: int = 2048
    """Bytes of an input."""


def load(name: str) -> Target:
    """The target of a module in this folder."""
    target: Target = import_module(f"tests.fuzz.guided.{name}").TARGET
    return target


def kept(name: str) -> list[Path]:
    """The inputs that are kept for a target, in order."""
    return sorted(path for path in (CORPUS / name).glob("*") if path.is_file())
