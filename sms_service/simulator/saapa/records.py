"""What the simulated interface knows: the rows of an export, as records by bill ID."""

import csv
import gzip
import io
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

Record = dict[str, str]
SUBJECTS = ("sales", "payments", "branch")
_FILES = ("sales", "payments", "branches")
_ID = "bill_identifier"
_ZEROED = (_ID, "subscription_id", "contract_demand", "total_bill_debt")


class _Rows:
    """The lines of one file, packed until they are asked for: as dicts they'd fill 100 MB."""

    def __init__(self, lines: Iterable[str]) -> None:
        rest = iter(lines)
        self._names = next(csv.reader([next(rest, "")]), [])
        place = self._names.index(_ID) if _ID in self._names else 0
        found: dict[str, list[str]] = defaultdict(list)
        for line in rest:
            found[line.split(",", place + 1)[place]].append(line.rstrip())
        self._packed = {bill_id: _packed(lines) for bill_id, lines in found.items()}

    def __iter__(self) -> Iterator[str]:
        """The bills of which there are records."""
        return iter(self._packed)

    def of(self, bill_id: str) -> list[Record]:
        if bill_id not in self._packed:
            return []
        parsed = csv.reader(zlib.decompress(self._packed[bill_id]).decode().splitlines())
        return [dict(zip(self._names, values, strict=True)) for values in parsed]


class Records:
    """Sales, payments and branches by bill ID, with the interface's own field names."""

    def __init__(self, rows: Mapping[str, Iterable[str]]) -> None:
        """``rows``: the lines of a CSV file with its header by subject."""
        self._rows = {subject: _Rows(rows.get(subject, ())) for subject in SUBJECTS}

    @classmethod
    def of_export(cls, folder: Path) -> "Records":
        """The rows of ``sales``, ``payments`` and ``branches`` in ``folder``, as ``.csv.gz``."""
        return cls(
            {subject: _lines(folder, name) for subject, name in zip(SUBJECTS, _FILES, strict=True)}
        )

    @classmethod
    def of_dicts(cls, **records: Sequence[Record]) -> "Records":
        """Records written by hand, by subject; those of one subject have the same names."""
        return cls({subject: _written(some) for subject, some in records.items() if some})

    def bill_ids(self) -> list[str]:
        """Every bill that is known."""
        return sorted({bill_id for rows in self._rows.values() for bill_id in rows})

    def of(self, subject: str, bill_id: str) -> list[Record]:
        """Records of one bill, oldest first, to be changed at will."""
        records = self._rows[subject].of(bill_id)
        if subject == "branch":
            records = [{"contract_demand": "4"} | record for record in records]
        return records


def zeroed(subject: str) -> list[Record]:
    """What the interface may say of a bill that it doesn't know."""
    return [dict.fromkeys(_ZEROED, "0")] if subject == "branch" else []


def _packed(lines: Sequence[str]) -> bytes:
    return zlib.compress("\n".join(lines).encode(), 1)


def _lines(folder: Path, name: str) -> Iterable[str]:
    with gzip.open(folder / f"{name}.csv.gz", "rt", encoding="utf-8", newline="") as file:
        yield from file


def _written(records: Sequence[Record]) -> Iterable[str]:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(records[0]))
    writer.writeheader()
    writer.writerows(records)
    return text.getvalue().splitlines()
