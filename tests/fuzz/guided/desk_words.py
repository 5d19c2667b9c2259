"""What comes back to the desk in addresses and forms: searches, handles, cursors, days, tokens."""

from collections.abc import Callable, Sequence

from sms_service.console.agreement.form_days import read_moment
from sms_service.console.bulk.moments import moment_of
from sms_service.console.imports.forms import BadDay, day_of
from sms_service.console.lists.query import read_cursor as read_place
from sms_service.domain.calendar import FIRST_YEAR, LAST_YEAR, jalali_of
from sms_service.domain.msisdn import mobile
from sms_service.language.cursor import read_cursor
from sms_service.language.normalise import fold
from sms_service.ledger.handles import Handles, of_phone, phone_range
from sms_service.ledger.sealed_phones import SealedPhones
from sms_service.ledger.vault import Vault
from sms_service.service.finding import LONGEST, Kind, readings
from sms_service.service.people import SHORTEST, normal, password_fault
from sms_service.service.ussd.session import Kept
from tests.fuzz.guided.given import Given, as_text
from tests.fuzz.guided.targets import Target
from tests.support.billing import TODAY
from tests.support.histories import BILL_ID

_HANDLES = Handles(bytes(range(32)))
_VAULT = Vault({1: bytes(range(32))}, b"a hash key of these tests, of 32+ bytes")
_SEALED = SealedPhones(_VAULT, lambda: 1_790_000_000.0)
_PHONE_HASH = bytes(range(32))
_LARGEST_ID = 2**63 - 1


def try_one(data: bytes) -> None:
    """The first byte says what the text is taken for."""
    given = Given(data)
    take = given.one_of(_TAKERS)
    take(as_text(given.rest())[:2000])


def _search(typed: str) -> None:
    digits = "".join(one for one in fold(typed[:LONGEST]) if one in "0123456789")
    for one in readings(typed, "044"):
        assert one.value.isascii()
        assert one.kind is not Kind.PHONE or mobile(one.value) == one.value
        assert one.value.removeprefix("+98").lstrip("0") in digits, "a number that nobody typed"


def _handle_of_bill(handle: str) -> None:
    bill_id = _HANDLES.bill_of(handle)
    assert bill_id is None or _HANDLES.of_bill(bill_id).rstrip("=") == handle.rstrip("=")


def _handle_of_phone(handle: str) -> None:
    found = phone_range(handle)
    if found is not None:
        lowest, highest = found
        assert len(lowest) == len(highest) == 32
        assert of_phone(lowest) == of_phone(highest)


def _sealed_phone(token: str) -> None:
    phone = _SEALED.open(token)
    assert phone is None or mobile(phone) == phone


def _cursor(written: str) -> None:
    cursor = read_cursor(written)
    if cursor is not None:
        assert read_cursor(str(cursor)) in (cursor, None)
        assert len(str(cursor)) <= 40


def _place_in_a_list(typed: str) -> None:
    place = read_place({"before": typed, "after": typed[::-1]})
    assert all(one is None or 0 <= one <= _LARGEST_ID for one in (place.before, place.after))


def _dialogue(stored: str) -> None:
    kept = Kept.loaded(stored.encode("utf-8", "surrogateescape"))
    if kept is not None:
        kept.dumped()


def _moments(typed: str) -> None:
    day, _, clock = typed.partition(" ")
    for moment in (read_moment(day, clock), moment_of(day, clock)):
        if moment is not None:
            assert FIRST_YEAR <= jalali_of(moment.date()).year <= LAST_YEAR
    try:
        found = day_of(typed, TODAY)
    except BadDay:
        return
    assert found is None or found <= TODAY


def _password(typed: str) -> None:
    assert password_fault(typed, "sara") or len(normal(typed)) >= SHORTEST


_TAKERS: Sequence[Callable[[str], None]] = (
    *(_search, _handle_of_bill, _handle_of_phone, _sealed_phone, _cursor),
    *(_place_in_a_list, _dialogue, _moments, _password),
)
_PHONES = ("0912 123 4567", "+98 (912) 123-4567", "1234567804423", "کد 48213377، قبض ۱۲۳۴۵۶۷۸۰۴۴۲۳")
TARGET = Target(
    try_one,
    seeds=[
        *(b"\0" + typed.encode() for typed in _PHONES),
        b"\1" + _HANDLES.of_bill(BILL_ID).encode(),
        b"\2" + of_phone(_PHONE_HASH).encode(),
        b"\0031.AAAA",
        *(b"\4" + one for one in (b"history:1402:1403/2+0", b"bills:1234567804423")),
        b"\4payments:1402:2025-07-10+1",
        b"\005" + b"9" * 20,
        b'\6[1,"",false,{"stage":"what","bills":[["1",null]]}]',
        "\7۱۴۰۵/۹/۲ ۸:۳۰".encode(),
        b"\7 1405/12/30 24:00",
        b"\10password1234",
    ],
    words=[
        *("history:", "payments:", "bills:", "1403/2+0", "2025-07-10+1", "۰۹۱۲", "0098", "+98"),
        *("1405/09/02", "14050902", '"stage"', '"page"', '"pages"', '"first"', "²", "٢", "1.", "_"),
    ],
    longest=500,
)
