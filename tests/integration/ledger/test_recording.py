"""Texts are stored once, whatever the gateway repeats."""

import threading
from dataclasses import replace

import pytest
from sqlalchemy import Engine, func, select, update

from sms_service.database import db_now, reading, writing
from sms_service.ledger.recording import Recorder
from sms_service.ledger.tables import inbound, inbound_keys, inbound_texts, recent_texts
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
    other = replace(one, gateway="kannel", text="other words")
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


def test_the_same_words_a_moment_later_are_folded_into_the_first(engine: Engine) -> None:
    recorder = Recorder(engine, VAULT)
    first = recorder.record([arrival("1", "بدهی")])[0]
    again = recorder.record([arrival("2", "بدهی")])[0]
    assert (first.repeated, again.repeated) == (False, True)
    assert again.code != first.code
    assert event_names(engine, first.code) == ["received", "repeated"]
    assert event_names(engine, again.code) == ["folded"]
    assert folded(engine) == {again.code: first.code}


def test_the_same_words_three_seconds_later_are_another_question(engine: Engine) -> None:
    recorder = Recorder(engine, VAULT)
    recorder.record([arrival("1", "بدهی")])
    with writing(engine) as connection:
        connection.execute(update(recent_texts).values(at=db_now(-3.1)))
    assert not recorder.record([arrival("2", "بدهی")])[0].repeated
    assert recorder.record([arrival("3", "بدهی")])[0].repeated
    assert folded(engine).keys() == {code_of(engine, "3")}


def test_other_words_another_phone_and_another_line_are_not_folded(engine: Engine) -> None:
    one = arrival("1", "بدهی")
    others = [
        arrival("2", "سوابق"),
        replace(one, remote_id="3", sender="+989120000000", phone="+989120000000"),
        replace(one, remote_id="4", line="1000"),
    ]
    recorded = Recorder(engine, VAULT).record([one, *others])
    assert not any(each.repeated for each in recorded)
    assert folded(engine) == {}


def test_one_batch_may_hold_the_same_words_thrice(engine: Engine) -> None:
    batch = [arrival(remote_id, "بدهی") for remote_id in ("1", "2", "3")]
    first, *again = Recorder(engine, VAULT).record(batch)
    assert folded(engine) == {each.code: first.code for each in again}


def test_words_are_folded_into_no_row_that_was_not_stored(engine: Engine) -> None:
    recorder = Recorder(engine, VAULT)
    recorder.record([arrival("1", "سوابق")])
    known, new = recorder.record([arrival("1", "بدهی"), arrival("2", "بدهی")])
    assert known.repeated
    assert not new.repeated


def test_of_the_same_words_from_many_doors_at_once_one_is_answered(engine: Engine) -> None:
    recorder = Recorder(engine, VAULT)
    start = threading.Barrier(8)

    def post(number: int) -> None:
        start.wait()
        recorder.record([arrival(f"{number}-{each}", f"بدهی {each}") for each in range(5)])

    threads = [threading.Thread(target=post, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert rows(engine) == 40
    assert len(folded(engine)) == 35
    assert len(set(folded(engine).values())) == 5


def test_what_is_ignored_is_folded_into_nothing(engine: Engine) -> None:
    one = replace(arrival("1", "promo"), sender="IRANCELL", phone=None, ignored="no_mobile")
    recorder = Recorder(engine, VAULT)
    recorder.record([one])
    again = recorder.record([replace(one, remote_id="2")])[0]
    assert event_names(engine, again.code) == ["ignored"]


def code_of(engine: Engine, remote_id: str) -> str:
    wanted = select(inbound_keys.c.code).where(inbound_keys.c.remote_id == remote_id)
    with reading(engine) as connection:
        return str(connection.scalar(wanted))


def folded(engine: Engine) -> dict[str, str]:
    """The codes of folded texts, each with that of the text it was folded into."""
    first = inbound.alias()
    pairs = select(inbound.c.code, first.c.code).join(first, first.c.id == inbound.c.folded_into)
    with reading(engine) as connection:
        return {row[0]: row[1] for row in connection.execute(pairs)}
