"""Whatever the interface sends, it is a history of the bill asked for or a clear refusal."""

import json
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from sms_service.billing.saapa_answers import Away, Malformed, Record, records_of
from sms_service.billing.saapa_records import RecordReader, Unreadable
from sms_service.domain.records import History
from sms_service.transport import Answered
from tests.support.billing import hash_phone
from tests.unit.billing.test_saapa_records import BILL_ID, BRANCH, OTHER, PAID, SALE

_reader = RecordReader(hash_phone)
_odd: st.SearchStrategy[Any] = st.sampled_from(
    [
        *(None, "", " ", "0", "-1", "۱۲", "²", "1e5", "1.5", "٫٥", "1_000", "+", "NaN", "9" * 5000),
        *(
            "1." + "9" * 5000,
            "0001-01-01",
            "1405/13/40",
            "2026-02-30",
            BILL_ID,
            OTHER,
            True,
            {},
            [],
        ),
        *(0, -1, 10**17, 10**39, 1.5, 1e300, "\x00", "\ud800", "/Date(0)/"),
    ]
)
_scalar = _odd | st.text(max_size=20) | st.integers() | st.floats(allow_nan=False)
_json = st.recursive(
    _scalar, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner)
)
_NAMES = sorted({*SALE, *PAID, *BRANCH, "warm_normal_cons", "reject_date"})


@st.composite
def _spoilt(draw: st.DrawFn, record: dict[str, str]) -> dict[str, Any]:
    changes = draw(st.dictionaries(st.sampled_from(_NAMES), _scalar, max_size=4))
    lost = draw(st.sets(st.sampled_from(_NAMES), max_size=2))
    return {name: value for name, value in (record | changes).items() if name not in lost}


def _records(data: Any) -> list[Record]:
    body = json.dumps({"status": 200, "data": data, "error": None})
    return records_of(Answered(200, body.encode("utf-8", "surrogatepass")))


@given(
    st.lists(_spoilt(SALE), max_size=3),
    st.lists(_spoilt(PAID), max_size=3),
    st.lists(_spoilt(BRANCH), max_size=2),
)
@example([SALE | {"warm_normal_cons": "9" * 5000, "normal_cons": ""}], [], [])
@example([SALE | {"bill_amt": "1." + "9" * 5000}], [], [])
def test_spoilt_records_are_a_history_of_the_bill_or_unreadable(
    sales: Any, payments: Any, branches: Any
) -> None:
    try:
        parts = [_records(some) for some in (sales, payments, branches)]
        history = _reader.history(BILL_ID, *parts)
    except (Away, Unreadable):
        return
    assert history is None or isinstance(history, History)
    if history is not None:
        assert history.bill_id == BILL_ID
        assert all(1 <= bill.sale_period <= 12 for bill in history.bills)


@given(_json)
def test_any_json_is_records_or_a_refusal(sent: Any) -> None:
    body = json.dumps(sent).encode("utf-8", "surrogatepass")
    for answer in (Answered(200, body), Answered(200, body[: len(body) // 2])):
        try:
            records = records_of(answer)
        except (Away, Malformed):
            continue
        assert all(isinstance(value, str) for one in records for value in one.values())


@given(st.binary(max_size=200), st.integers(100, 599), st.text(max_size=30) | st.none())
def test_any_bytes_under_any_status_are_records_or_a_refusal(
    body: bytes, status: int, header: str | None
) -> None:
    try:
        records = records_of(Answered(status, body, header))
    except (Away, Malformed):
        return
    assert records == []
