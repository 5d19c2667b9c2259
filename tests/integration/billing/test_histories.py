"""Histories out of the database, against a plain reading of the files they came from."""

from collections import Counter
from collections.abc import Mapping

import pytest
from sqlalchemy import Engine

from sms_service.billing.importing import import_billing
from sms_service.billing.sql import SqlBillingSource
from sms_service.billing.tables import bills
from sms_service.database import make_engine, writing
from sms_service.domain.records import History
from sms_service.service.ports import SourceDown
from tests.support.billing import DEMO_DATA, TODAY, hash_phone, plainly_read

BATCH = 150


def test_every_history_equals_a_plain_reading_of_the_files(engine: Engine) -> None:
    import_billing(engine, [DEMO_DATA], hash_phone=hash_phone, today=TODAY)
    source = SqlBillingSource(engine)
    expected = plainly_read()
    ids = sorted(expected)
    assert len(ids) == 1000
    for start in range(0, len(ids), BATCH):
        asked = ids[start : start + BATCH]
        found = source.histories(asked)
        assert found == {bill_id: expected[bill_id] for bill_id in asked}
    assert source.histories(["1234567804423", ids[0]]) == {ids[0]: expected[ids[0]]}
    _assert_phones_lead_to_their_bills(source, expected)


def _assert_phones_lead_to_their_bills(
    source: SqlBillingSource, expected: Mapping[str, History]
) -> None:
    hashes = {key: one.branch.phone_hash for key, one in expected.items() if one.branch}
    [(busiest, count)] = Counter(filter(None, hashes.values())).most_common(1)
    assert count == 60
    assert source.bills_of_phone(busiest) == sorted(
        bill_id for bill_id, phone_hash in hashes.items() if phone_hash == busiest
    )
    assert source.bills_of_phone(hash_phone("+989000000000")) == []


def test_unknown_ids_are_absent_and_none_may_be_asked(engine: Engine) -> None:
    source = SqlBillingSource(engine)
    assert source.histories(["1234567804423"]) == {}
    assert source.histories([]) == {}


def test_a_database_without_answer_is_a_source_that_is_down(sqlite_url: str) -> None:
    engine = make_engine(sqlite_url)
    source = SqlBillingSource(engine)
    with pytest.raises(SourceDown):
        source.histories(["1234567804423"])
    with pytest.raises(SourceDown):
        source.bills_of_phone(b"x" * 32)
    engine.dispose()


def test_a_server_that_is_gone_is_a_source_that_is_down() -> None:
    source = SqlBillingSource(make_engine("postgresql://nobody@127.0.0.1:9/none"))
    with pytest.raises(SourceDown):
        source.histories(["1234567804423"])


def test_bills_without_a_branch_record_still_make_a_history(engine: Engine) -> None:
    bill = {
        "bill_id": "1234567804423",
        "serial": "7",
        "sale_year": 1404,
        "sale_period": 2,
        "amount_rial": 287_400,
        "mid_kwh": 1,
        "peak_kwh": 2,
        "low_kwh": 3,
        "previous_debt_rial": 0,
        "rejected": False,
        "batch_id": 1,
    }
    with writing(engine) as connection:
        connection.execute(bills.insert().values(bill))
    history = SqlBillingSource(engine).histories(["1234567804423"])["1234567804423"]
    assert [(one.amount_rial, one.kwh, one.issued_on) for one in history.bills] == [
        (287_400, 6, None)
    ]
    assert (history.branch, history.as_of, history.payments) == (None, None, ())
