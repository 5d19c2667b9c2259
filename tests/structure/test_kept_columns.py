"""Somebody has decided of every column whether retention erases it, and why not if not."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

import sms_service.billing.tables
import sms_service.ledger.desk_tables
import sms_service.ledger.measures.tables
import sms_service.ledger.tables
import sms_service.ledger.upkeep_tables  # noqa: F401  # each fills the metadata
from sms_service.database import metadata

_DECIDED = Path(__file__).parents[1] / "data/kept_columns.toml"
DECIDED: dict[str, Any] = tomllib.loads(_DECIDED.read_text("utf-8"))


def kept(table: str) -> list[str]:
    return [column for group in DECIDED[table].get("kept", []) for column in group["columns"]]


def test_every_table_is_decided_of_and_no_other() -> None:
    assert DECIDED.keys() == metadata.tables.keys()


@pytest.mark.parametrize("table", sorted(metadata.tables))
def test_every_column_is_erased_or_kept_with_a_reason(table: str) -> None:
    decided = [*DECIDED[table].get("erased", []), *kept(table)]
    assert sorted(decided) == sorted(metadata.tables[table].columns.keys())
    assert all(len(group["why"]) > 5 for group in DECIDED[table].get("kept", []))


@pytest.mark.parametrize("table", sorted(DECIDED))
def test_rows_that_go_keep_nothing_and_rows_that_stay_keep_something(table: str) -> None:
    stays = DECIDED[table]["rows"].startswith("stay") or "keeps its row" in DECIDED[table]["rows"]
    assert stays == bool(kept(table))


def test_nothing_sealed_and_no_hash_is_kept_but_where_somebody_wished_it() -> None:
    """A ciphertext or a hash that stays must stand in this list, too."""
    personal = {
        (table, column)
        for table in DECIDED
        for column in kept(table)
        if column.endswith("_cipher") or column == "phone_hash"
    }
    wished = {("linked_phones", "phone_cipher"), ("linked_phones", "phone_hash")}
    wished |= {("opt_outs", "phone_hash"), ("phones", "phone_hash")}
    records = {("branches", "phone_hash"), ("replaced_branches", "phone_hash")}
    assert personal == wished | records
