"""The table of who may use which route: one file of rows a group of routes."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "data" / "access"


@dataclass(frozen=True, slots=True)
class Row:
    """One method of one route."""

    method: str
    path: str
    """As the application's map of routes has it."""
    needs: str
    """An ability, or a word that tests/data/access/base.toml explains."""
    example: str = ""
    """An address of the route; the path itself where nothing in it varies."""
    form: Mapping[str, str] = field(default_factory=dict)
    """What is posted to see whether posting is allowed."""

    @property
    def name(self) -> tuple[str, str]:
        return self.method, self.path

    @property
    def address(self) -> str:
        return self.example or self.path

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def rows() -> list[Row]:
    """All rows of all files. Raises ValueError for a route that is told twice."""
    told = [
        Row(**row)
        for file in sorted(FOLDER.glob("*.toml"))
        for row in tomllib.loads(file.read_text(encoding="utf-8"))["route"]
    ]
    names = [row.name for row in told]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"told twice: {twice}")
    return told
