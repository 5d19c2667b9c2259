"""What the simulated interface knows: the rows of an export, as records by bill ID."""

import csv
import gzip
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

Record = dict[str, str]
_ID = "bill_identifier"
_UNKNOWN_HERE = ("subscription_id", "contract_demand")


@dataclass(slots=True)
class Records:
    """Sales, payments and branches by bill ID, with the interface's own field names."""

    sales: dict[str, list[Record]] = field(default_factory=dict)
    payments: dict[str, list[Record]] = field(default_factory=dict)
    branch: dict[str, list[Record]] = field(default_factory=dict)

    @classmethod
    def of_export(cls, folder: Path) -> "Records":
        """The rows of ``sales``, ``payments`` and ``branches`` in ``folder``, as ``.csv.gz``."""
        sales, payments, branches = (
            _by_bill(_rows(folder / f"{name}.csv.gz")) for name in ("sales", "payments", "branches")
        )
        for records in branches.values():
            for record in records:
                record["contract_demand"] = "4"
        return cls(sales, payments, branches)

    def bill_ids(self) -> list[str]:
        """Every bill that is known."""
        return sorted({*self.sales, *self.payments, *self.branch})

    def of(self, subject: str, bill_id: str) -> list[Record]:
        """Records of one bill as they are sent, oldest first: ``sales``, ``payments``, ``branch``.

        The caller may change them.
        """
        kept: Mapping[str, list[Record]] = getattr(self, subject)
        return [dict(record) for record in kept.get(bill_id, ())]


def zeroed(subject: str) -> list[Record]:
    """What the interface may say of a bill that it doesn't know."""
    if subject != "branch":
        return []
    return [dict.fromkeys((_ID, *_UNKNOWN_HERE, "total_bill_debt"), "0")]


def _rows(path: Path) -> Iterator[Record]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _by_bill(rows: Iterable[Record]) -> dict[str, list[Record]]:
    found: dict[str, list[Record]] = defaultdict(list)
    for row in rows:
        found[row[_ID]].append(row)
    return dict(found)
