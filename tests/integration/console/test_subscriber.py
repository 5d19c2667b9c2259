"""The page of one phone, as an operator reads it."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine, insert, select, update

from sms_service.database import db_now, reading, writing
from sms_service.domain.records import Branch
from sms_service.domain.roles import Role
from sms_service.domain.usage import Usage, written
from sms_service.ledger.desk_tables import audit, resends
from sms_service.ledger.ids import new_id
from sms_service.ledger.tables import (
    inbound_texts,
    opt_outs,
    outbound,
    outbound_texts,
    phones,
)
from sms_service.settings import Settings
from tests.support.billing_rows import store
from tests.support.console import Desk, opened, words_of
from tests.support.histories import BILL_ID, TODAY, YESTERDAY, history, paid, two_monthly
from tests.support.subscriber import Subscriber

BILLS = two_monthly(1404, 1405)
TELLABLE = history(BILLS, [paid(bill) for bill in BILLS])


@pytest.fixture
def desk(settings: Callable[..., Settings], engine: Engine, database_url: str) -> Iterator[Desk]:
    """On the second of Azar, with an operator at it."""
    given = settings(
        DATABASE_URL=database_url, REDIS_URL="redis://127.0.0.1:9/0", TODAY="1405-09-02"
    )
    with opened(given, Role.OPERATOR) as desk:
        yield desk


@pytest.fixture
def subscriber(desk: Desk) -> Subscriber:
    """A phone that no branch record holds; its bill is known."""
    store(desk.parts.service.engine, TELLABLE, as_of=YESTERDAY)
    return Subscriber(desk.parts.service)


def page_of(desk: Desk, one: Subscriber, **query: object) -> str:
    answer = desk.get(f"/console/phones/{one.handle}", **query)
    assert answer.status_code == 200
    return words_of(answer)


def deeds(desk: Desk) -> list[tuple[str, str]]:
    with reading(desk.parts.service.engine) as connection:
        rows = connection.execute(select(audit.c.action, audit.c.subject)).all()
    return [(row.action, row.subject) for row in rows]


def test_both_sides_of_a_conversation_are_shown_oldest_first(
    desk: Desk, subscriber: Subscriber
) -> None:
    codes = subscriber.text("راهنما", f"{BILL_ID} 1405")
    page = page_of(desk, subscriber)
    assert page.index(codes[0]) < page.index(codes[1])
    assert page.count("از تلفن، پیامک") == 2
    assert "خواسته: سوابق" in page
    assert "در صف فرستادن است" in page


def test_phones_and_long_numbers_are_masked_until_they_are_asked_for(
    desk: Desk, subscriber: Subscriber
) -> None:
    subscriber.text(f"{BILL_ID} 1405")
    page = desk.get(f"/console/phones/{subscriber.handle}").get_data(as_text=True)
    assert "09121234567" not in page
    assert f"{BILL_ID} 1405" not in page
    assert "0912…67" in page
    assert deeds(desk) == []


def test_a_look_at_everything_is_written_down(desk: Desk, subscriber: Subscriber) -> None:
    subscriber.text(f"{BILL_ID} 1405", f"ذخیره {BILL_ID} خانه")
    answer = desk.post(f"/console/phones/{subscriber.handle}/reveal")
    page = words_of(answer)
    assert "09121234567" in page
    assert f"{BILL_ID} 1405" in page
    assert "خانه :" in page
    assert deeds(desk) == [("reveal_phone", subscriber.handle)]


def test_names_are_counted_and_not_told(desk: Desk, subscriber: Subscriber) -> None:
    subscriber.text(f"ذخیره {BILL_ID} ویلا")
    page = page_of(desk, subscriber)
    assert "۱ نام" in page
    assert "برای دیدنشان" in page


def test_an_auditor_sees_no_phone(desk: Desk, subscriber: Subscriber) -> None:
    subscriber.text("راهنما")
    with desk.seat(Role.AUDITOR):
        assert desk.get(f"/console/phones/{subscriber.handle}").status_code == 403
        assert desk.post(f"/console/phones/{subscriber.handle}/reveal").status_code == 403


def test_a_look_at_everything_needs_the_form_of_our_own_page(
    desk: Desk, subscriber: Subscriber
) -> None:
    subscriber.text("راهنما")
    answer = desk.client.post(f"/console/phones/{subscriber.handle}/reveal")
    assert answer.status_code == 400
    assert deeds(desk) == []


@pytest.mark.parametrize("handle", ["0" * 32, "f" * 32, "x", "09121234567", "٠" * 32, "0" * 31])
def test_a_phone_that_nobody_knows_has_no_page(
    desk: Desk, subscriber: Subscriber, handle: str
) -> None:
    subscriber.text("راهنما")
    assert desk.get(f"/console/phones/{handle}").status_code == 404
    assert desk.post(f"/console/phones/{handle}/reveal").status_code == 404
    assert deeds(desk) == []


def test_another_phones_texts_are_not_shown(desk: Desk, subscriber: Subscriber) -> None:
    other = Subscriber(desk.parts.service, "+989127654321")
    (mine,), (theirs,) = subscriber.text("راهنما"), other.text("راهنما")
    page = page_of(desk, subscriber)
    assert mine in page
    assert theirs not in page


def test_the_pages_of_a_long_conversation_hold_each_text_once(
    desk: Desk, subscriber: Subscriber
) -> None:
    codes = subscriber.text(*(f"سلام {number}" for number in range(28)))
    newest = desk.get(f"/console/phones/{subscriber.handle}").get_data(as_text=True)
    before = newest.partition("before=")[2].partition('"')[0]
    older = page_of(desk, subscriber, before=before)
    assert codes[-1] in newest
    assert codes[0] in older
    with reading(desk.parts.service.engine) as connection:
        sent = connection.scalars(select(outbound.c.code)).all()
    for code in codes:
        shown = newest.count(f">{code}<") + older.count(f" {code} ")
        assert shown == 1 + sent.count(code)


@pytest.mark.parametrize("before", ["x", "-1", "", "9" * 40, "٣"])
def test_a_cursor_of_nowhere_shows_the_newest(
    desk: Desk, subscriber: Subscriber, before: str
) -> None:
    (code,) = subscriber.text("راهنما")
    assert code in page_of(desk, subscriber, before=before)


def test_erased_texts_are_said_to_be_erased(desk: Desk, subscriber: Subscriber) -> None:
    subscriber.text("راهنما")
    with writing(desk.parts.service.engine) as connection:
        connection.execute(inbound_texts.delete())
        connection.execute(outbound_texts.delete())
    assert page_of(desk, subscriber).count("متن پاک شده است") == 2


def test_markup_and_overrides_of_direction_stay_inside_their_own_bubble(
    desk: Desk, subscriber: Subscriber
) -> None:
    evil = "<script>alert(1)</script> \u202eoverride"
    subscriber.text(evil)
    answer = desk.post(f"/console/phones/{subscriber.handle}/reveal")
    page = answer.get_data(as_text=True)
    assert "<script>alert" not in page
    assert '<p class="said" dir="auto">&lt;script&gt;alert(1)&lt;/script&gt; \u202eover' in page


def test_attempts_of_a_person_are_told_from_answers(desk: Desk, subscriber: Subscriber) -> None:
    (code,) = subscriber.text("راهنما")
    _send_again(desk, code, composed="same")
    page = page_of(desk, subscriber)
    assert "ارسال دوباره" in page
    assert "فرستندهٔ دوباره: a-supervisor ، همان متن پیشین" in page


def test_an_opt_out_is_told_with_its_day(desk: Desk, subscriber: Subscriber) -> None:
    subscriber.text("راهنما")
    with writing(desk.parts.service.engine) as connection:
        connection.execute(
            insert(opt_outs).values(phone_hash=subscriber.phone_hash, since=db_now())
        )
    assert "لغو کرده است از" in page_of(desk, subscriber)


def test_the_day_s_answers_stand_beside_their_limits(desk: Desk, subscriber: Subscriber) -> None:
    subscriber.text("راهنما", "سلام")
    assert "پاسخ‌های امروز ۲ از ۲۰" in page_of(desk, subscriber)


def test_a_locked_phone_says_until_when(desk: Desk, subscriber: Subscriber) -> None:
    subscriber.text("راهنما")
    with reading(desk.parts.service.engine) as connection:
        now = int(connection.scalar(select(db_now())).timestamp())  # type: ignore[union-attr]
    locked = written(Usage(now, 1, 1, locked_until=now + 1800))
    with writing(desk.parts.service.engine) as connection:
        connection.execute(update(phones).values(usage=locked))
    page = page_of(desk, subscriber)
    assert "شناسه‌های نادرست بسیار بود" in page
    assert "تا ساعت" in page


def test_a_phone_that_never_wrote_is_known_by_its_branch(desk: Desk) -> None:
    silent = Subscriber(desk.parts.service)
    registered = Branch(debt_rial=None, phone_hash=silent.phone_hash)
    engine = desk.parts.service.engine
    store(engine, TELLABLE.__class__(BILL_ID, branch=registered), as_of=TODAY)
    page = page_of(desk, silent)
    assert "شمارهٔ این تلفن نزد ما نیست" in page
    assert "ثبت‌شده در داده‌های انشعاب" in page
    assert "هنوز پیامی از این تلفن یا به آن نیست" in page


def test_a_link_of_the_counter_is_shown_with_its_reason_and_taken_back(
    desk: Desk, subscriber: Subscriber
) -> None:
    operator = desk.sitting
    assert operator
    desk.parts.links.link(subscriber.phone, BILL_ID, operator, "<i>در باجه بود")
    assert "<i>در باجه بود" in page_of(desk, subscriber)
    path = f"/console/phones/{subscriber.handle}"
    bill = desk.parts.handles.of_bill(BILL_ID)
    answer = desk.post(f"{path}/unlink", {"bill": bill, "reason": "اشتباه بود"})
    assert (answer.status_code, answer.location) == (303, path)
    assert [action for action, _ in deeds(desk)] == ["link_phone", "unlink_phone"]
    assert desk.get(path).status_code == 404  # nothing else is known of it


def test_what_isn_t_linked_can_t_be_taken_back(desk: Desk, subscriber: Subscriber) -> None:
    subscriber.text("راهنما")
    path = f"/console/phones/{subscriber.handle}/unlink"
    bill = desk.parts.handles.of_bill(BILL_ID)
    assert desk.post(path, {"bill": bill}).status_code == 303
    assert desk.post(path, {"bill": BILL_ID}).status_code == 404
    assert deeds(desk) == []


def test_the_counter_is_a_button_away_with_the_phone_filled_in(
    desk: Desk, subscriber: Subscriber
) -> None:
    subscriber.text("راهنما")
    html = desk.get(f"/console/phones/{subscriber.handle}").get_data(as_text=True)
    token = html.partition('name="phone_token" value="')[2].partition('"')[0]
    answer = desk.post("/console/counter/phone", {"phone_token": token})
    assert "…67" in words_of(desk.get(answer.location or ""))


def _send_again(desk: Desk, code: str, composed: str) -> None:
    """What a resend leaves in the ledger."""
    with writing(desk.parts.service.engine) as connection:
        first = connection.execute(select(outbound).where(outbound.c.code == code)).one()
        again = dict(first._mapping) | {
            "id": new_id(),
            "local_id": new_id(),
            "parent_id": first.id,
        }
        connection.execute(insert(outbound).values(again))
        connection.execute(
            insert(resends).values(
                outbound_id=again["id"],
                inbound_id=first.inbound_id,
                code=code,
                composed=composed,
                receiver="asker",
                actor="a-supervisor",
                reason="گفت نگرفته است",
                at=db_now(),
            )
        )
