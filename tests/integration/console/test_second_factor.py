"""Codes of a phone: who needs them, how they are set up, that none is taken twice."""

import json
import time
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine, select, update

from sms_service.console.people.signing_in import _AT_LEAST_SECONDS
from sms_service.database import db_now, reading, writing
from sms_service.domain.roles import Role
from sms_service.ledger.desk_tables import sessions, users
from sms_service.settings import Settings
from tests.support.console import words_of
from tests.support.signing_in import BY, Browser, Office, Phone, make_user, office_of

_CODE_PAGE = "/console/sign-in/code"
_SETUP = "/console/account/second-factor"


@pytest.fixture
def office(
    settings: Callable[..., Settings], engine: Engine, database_url: str
) -> Iterator[Office]:
    """Reza is an admin and must have a second factor; Sara is an operator and needn't."""
    given = settings(
        DATABASE_URL=database_url, REDIS_URL="redis://127.0.0.1:9/0", LOG_LEVEL="WARNING"
    )
    with office_of(given) as office:
        make_user(office.parts, "sara", Role.OPERATOR)
        make_user(office.parts, "reza", Role.ADMIN)
        yield office


def admitted(office: Office) -> tuple[Browser, Phone]:
    """Reza, with a phone, in."""
    browser = office.browser()
    browser.sign_in("reza")
    return browser, browser.set_up_second_factor()


def half_way(office: Office) -> Browser:
    browser = office.browser()
    assert browser.sign_in("reza").location == _CODE_PAGE
    return browser


def wait_fresh(engine: Engine) -> None:
    """Let the step of the last code be long ago."""
    with writing(engine) as connection:
        connection.execute(update(users).values(tf_last_counter=1))


def test_who_needs_a_second_factor_can_do_nothing_before_it_is_there(office: Office) -> None:
    browser = office.browser()
    assert browser.sign_in("reza", wants="/console/users").location == "/console/users"
    for page in ("/console/users", "/console/account", "/console/audit"):
        assert browser.get(page).location == _SETUP
    piece = browser.get("/console/users", headers={"HX-Request": "true"})
    assert (piece.status_code, piece.headers["HX-Redirect"]) == (401, _SETUP)
    assert browser.post(_SETUP, to="/console/sign-out").status_code == 303
    browser.sign_in("reza")
    assert 'href="/console/users"' not in browser.get(_SETUP).get_data(as_text=True)
    browser.set_up_second_factor()
    assert browser.get("/console/users").status_code == 200


def test_who_needn_t_have_one_may(office: Office) -> None:
    browser = office.browser()
    browser.sign_in("sara")
    assert browser.is_in()
    phone = browser.set_up_second_factor()
    browser.sign_out()
    assert browser.sign_in("sara").location == _CODE_PAGE
    assert browser.post(_CODE_PAGE, {"code": phone.code(1)}).status_code == 303
    assert browser.is_in()
    done = browser.post("/console/account", to="/console/account/second-factor/off")
    assert done.status_code == 303
    assert not office.person("sara").has_second_factor


def test_who_must_have_one_can_t_switch_it_off(office: Office) -> None:
    browser, _ = admitted(office)
    done = browser.post("/console/account", to="/console/account/second-factor/off")
    assert done.status_code == 403
    assert office.person("reza").has_second_factor


def test_a_right_password_alone_lets_nobody_in(office: Office) -> None:
    admitted(office)
    browser = half_way(office)
    assert not browser.is_in()
    assert browser.get("/console/users").status_code == 303
    answer = browser.post(_CODE_PAGE, {"code": "000000"})
    assert answer.status_code == 400
    assert not browser.is_in()


def test_the_code_lets_in_and_changes_the_token(office: Office, engine: Engine) -> None:
    _, phone = admitted(office)
    wait_fresh(engine)
    browser = half_way(office)
    before = browser.cookie()
    assert before
    assert browser.post(_CODE_PAGE, {"code": phone.code()}).location == "/console/"
    assert browser.cookie() not in (before, None)
    thief = office.browser()
    thief.put_cookie(before)
    assert not thief.is_in()


def test_a_code_may_be_typed_in_persian_digits_with_a_gap(office: Office, engine: Engine) -> None:
    _, phone = admitted(office)
    wait_fresh(engine)
    code = phone.code().translate(str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹"))
    assert half_way(office).post(_CODE_PAGE, {"code": f"{code[:3]} {code[3:]}"}).status_code == 303


def test_no_code_is_taken_twice_within_its_step(office: Office, engine: Engine) -> None:
    _, phone = admitted(office)
    wait_fresh(engine)
    code = phone.code()
    first, second = half_way(office), half_way(office)
    assert first.post(_CODE_PAGE, {"code": code}).status_code == 303
    assert second.post(_CODE_PAGE, {"code": code}).status_code == 400


def test_the_code_that_set_it_up_signs_nobody_in(office: Office) -> None:
    _, phone = admitted(office)
    assert half_way(office).post(_CODE_PAGE, {"code": phone.code()}).status_code == 400


def test_wrong_codes_shut_the_door_like_wrong_passwords_do(office: Office, engine: Engine) -> None:
    _, phone = admitted(office)
    wait_fresh(engine)
    browser = half_way(office)
    for _ in range(3):
        browser.post(_CODE_PAGE, {"code": "000000"})
    # The right password in between takes none of them back.
    browser = half_way(office)
    for _ in range(2):
        browser.post(_CODE_PAGE, {"code": "000000"})
    assert browser.post(_CODE_PAGE, {"code": phone.code()}).status_code == 400
    assert office.browser().sign_in("reza").status_code == 400
    assert office.person("reza").locked_until
    assert office.deeds("sign_in_refused") == ["reza"] * 5


def test_a_wrong_code_takes_as_long_whatever_it_looks_like(office: Office) -> None:
    admitted(office)
    browser = half_way(office)
    for code in ("", "000000", "12345", "0" * 16):
        begun = time.monotonic()
        assert browser.post(_CODE_PAGE, {"code": code}).status_code == 400
        assert time.monotonic() - begun >= _AT_LEAST_SECONDS


def test_a_recovery_code_stands_in_for_the_phone_once(office: Office) -> None:
    _, phone = admitted(office)
    spare = phone.recovery_codes[3]
    browser = half_way(office)
    assert browser.post(_CODE_PAGE, {"code": f" {spare.upper()} "}).status_code == 303
    assert "با یک کد بازیابی وارد شدید" in words_of(browser.get("/console/account"))
    assert office.person("reza").recovery_codes == 9
    assert half_way(office).post(_CODE_PAGE, {"code": spare}).status_code == 400


def test_new_recovery_codes_make_the_old_ones_worthless(office: Office) -> None:
    browser, phone = admitted(office)
    page = browser.post("/console/account", to="/console/account/recovery-codes")
    assert page.status_code == 200
    assert phone.recovery_codes[0] not in words_of(page)
    assert half_way(office).post(_CODE_PAGE, {"code": phone.recovery_codes[0]}).status_code == 400


def test_neither_secret_nor_codes_stand_in_the_database_as_they_are(
    office: Office, engine: Engine
) -> None:
    _, phone = admitted(office)
    with reading(engine) as connection:
        row = connection.execute(select(users).where(users.c.username == "reza")).one()
    assert "enckey" in json.loads(row.tf_totp_secret)
    plain = {code.replace("-", "") for code in phone.recovery_codes}
    assert not plain & set(row.mf_recovery_codes)
    assert len(row.mf_recovery_codes) == 10


def test_a_right_password_waits_ten_minutes_for_its_code(office: Office, engine: Engine) -> None:
    admitted(office)
    browser = half_way(office)
    with writing(engine) as connection:
        content = connection.scalars(
            select(sessions.c.content).order_by(sessions.c.began_at.desc())
        ).first()
        assert content
        held = json.loads(content)
        old = json.dumps({**held, "since": held["since"] - 601})
        connection.execute(
            update(sessions).where(sessions.c.content == content).values(content=old)
        )
    assert browser.get(_CODE_PAGE).location == "/console/sign-in"
    assert "از نو وارد شوید" in words_of(browser.get("/console/sign-in"))


def test_a_user_who_is_deactivated_half_way_gets_no_further(office: Office, engine: Engine) -> None:
    admitted(office)
    make_user(office.parts, "mina", Role.ADMIN)
    wait_fresh(engine)
    browser = half_way(office)
    office.parts.people.deactivate("reza", BY)
    assert browser.client.get(_CODE_PAGE).status_code == 303
    assert not browser.is_in()


def test_a_stranger_has_no_page_to_try_codes_on(office: Office) -> None:
    assert office.browser().get(_CODE_PAGE).location == "/console/sign-in"


def test_what_matters_most_is_asked_the_password_for_after_a_quarter_of_an_hour(
    office: Office, engine: Engine
) -> None:
    browser, _ = admitted(office)
    with writing(engine) as connection:
        held = json.loads(connection.scalars(select(sessions.c.content)).one())
        gone = {**held, "fs_paa": held["fs_paa"] - 3600, "fs_gexp": 0}
        connection.execute(update(sessions).values(content=json.dumps(gone), seen_at=db_now()))
    asked = browser.get("/console/new-user")
    assert asked.location == "/console/verify?next=/console/new-user"
    wrong = browser.post(asked.location, {"password": "wrong", "next": "/console/new-user"})
    assert wrong.status_code == 400
    form = {"password": "correct horse battery", "next": "/console/new-user"}
    assert browser.post(asked.location, form).location == "/console/new-user"
    assert browser.get("/console/new-user").status_code == 200


def test_the_picture_of_the_key_is_one_that_our_pages_may_show(office: Office) -> None:
    browser = office.browser()
    browser.sign_in("reza")
    page = browser.get(_SETUP)
    assert 'src="data:image/svg+xml;base64,' in page.get_data(as_text=True)
    assert "img-src 'self' data:" in page.headers["Content-Security-Policy"]
    assert "style=" not in page.get_data(as_text=True)
