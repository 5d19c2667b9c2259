"""Texts are stored once, whatever the gateway repeats."""

import threading

import pytest
from sqlalchemy import Engine, func, select

from sms_service.database import reading
from sms_service.ledger.recording import Recorder
from sms_service.ledger.tables import inbound, inbound_keys, inbound_texts
from sms_service.ledger.vault import Sealed
from tests.support.ledger import PHONE, VAULT, arrival, event_names


def rows(engine: Engine) -> int:
    with reading(engine) as connection:
        return connection.scalar(select(func.count()).select_from(inbound)) or 0


def test_a_text_gets_a_code_of_eight_digits_that_a_caller_can_read_out(engine: Engine) -> None:
    recorded = Recorder(engine, VAULT).record([arrival()])[0]
    assert len(recorded.code) == 8
    assert recorded.code.isdigit()
    assert not recorded.repeated


def test_the_same_message_id_again_is_the_first_request(engine: Engine) -> None:
    recorder = Recorder(engine, VAULT)
    first = recorder.record([arrival("7")])[0]
    again = recorder.record([arrival("7")])[0]
    assert (again.code, again.repeated) == (first.code, True)
    assert rows(engine) == 1
    assert event_names(engine, first.code) == ["received", "repeated"]


def test_one_batch_may_hold_the_same_message_id_twice(engine: Engine) -> None:
    first, other, again = Recorder(engine, VAULT).record([arrival("7"), arrival("8"), arrival("7")])
    assert again.code == first.code != other.code
    assert [first.repeated, other.repeated, again.repeated] == [False, False, True]
    assert rows(engine) == 2


def test_the_first_text_wins_when_a_message_id_comes_with_another(engine: Engine) -> None:
    recorder = Recorder(engine, VAULT)
    recorder.record([arrival("7", "first")])
    recorder.record([arrival("7", "second")])
    with reading(engine) as connection:
        row = connection.execute(select(inbound_texts)).one()
    assert VAULT.open(Sealed(row.key_version, row.text_cipher)) == b"first"


def test_the_same_message_id_of_another_gateway_is_another_text(engine: Engine) -> None:
    recorder = Recorder(engine, VAULT)
    one = arrival("7")
    other = type(one)("kannel", "7", one.sender, one.line, one.text, one.raw, one.phone)
    assert not any(recorded.repeated for recorded in recorder.record([one, other]))


def test_fifty_at_once_make_one_row(engine: Engine) -> None:
    recorder = Recorder(engine, VAULT)
    start = threading.Barrier(10)
    codes: list[str] = []

    def post() -> None:
        start.wait()
        codes.extend(recorder.record([arrival("7")])[0].code for _ in range(5))

    threads = [threading.Thread(target=post) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(codes) == 50
    assert len(set(codes)) == 1
    assert rows(engine) == 1


def test_a_tracking_code_that_is_taken_is_drawn_again(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = iter(["11111111", "11111111", "22222222"])
    monkeypatch.setattr("sms_service.ledger.recording.new_code", lambda: next(drawn))
    recorder = Recorder(engine, VAULT)
    codes = [recorder.record([arrival(remote_id)])[0].code for remote_id in ("1", "2")]
    assert codes == ["11111111", "22222222"]


def test_a_phone_is_kept_sealed_and_found_by_its_hash(engine: Engine) -> None:
    Recorder(engine, VAULT).record([arrival()])
    with reading(engine) as connection:
        row = connection.execute(select(inbound)).one()
        key = connection.execute(select(inbound_keys)).one()
    assert PHONE.encode() not in row.phone_cipher
    assert VAULT.open(Sealed(row.key_version, row.phone_cipher)).decode() == PHONE
    assert row.phone_hash == VAULT.fingerprint(PHONE)
    assert key.code == row.code


def test_a_text_that_cannot_be_answered_is_stored_as_ignored(engine: Engine) -> None:
    one = arrival()
    stranger = type(one)("kavenegar", "9", "IRANCELL", "1000", "promo", b"", ignored="no_mobile")
    code = Recorder(engine, VAULT).record([stranger])[0].code
    assert event_names(engine, code) == ["ignored"]
