"""A small slice of the demo's billing data: enough to tell one person's answer from another's."""

import csv
import gzip
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

from sqlalchemy import Engine

from sms_service.billing.importing import import_billing
from sms_service.ledger.migrations.runner import upgrade
from sms_service.wiring import Parts

BILL_IDS: Sequence[str] = (
    *("0006320504420", "0007314104425", "0061656604424", "0066247204424", "0090282604425"),
    *("0124723704422", "0127181904429", "0128516704426", "0142198404429", "0144507804421"),
    *("0144689904426", "0147035804421", "0151762804423", "0158816304426", "0167063204422"),
    *("0177784904420", "0188072204424", "0195052404423", "0201336504428", "0203333304420"),
)
"""Subscribers of the demo with bills in 1404 and later."""
_EXPORTS = ("sales", "payments", "branches")


def fill(engine: Engine, parts: Parts, folder: Path) -> None:
    """Create the schema in an empty database and import the slice; files go into ``folder``."""
    upgrade(engine)
    write_slices(folder)
    import_billing(engine, [folder], hash_phone=parts.hash_phone, today=parts.today())


def write_slices(folder: Path) -> None:
    """Write the slice as exports, one file a kind."""
    folder.mkdir(exist_ok=True)
    for name in _EXPORTS:
        _write_slice(name, folder)


def _write_slice(name: str, folder: Path) -> None:
    whole = Path(str(files("sms_service.simulator"))) / "data" / f"{name}.csv.gz"
    with (
        gzip.open(whole, "rt", encoding="utf-8", newline="") as source,
        (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as target,
    ):
        rows = csv.DictReader(source)
        writer = csv.DictWriter(target, rows.fieldnames or ())
        writer.writeheader()
        writer.writerows(row for row in rows if row["bill_identifier"] in BILL_IDS)
