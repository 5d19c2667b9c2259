"""Those who look after users: what they can do, what they can't do to themselves, and that each
deed is written down."""

import re
import threading

import pytest
from werkzeug.test import TestResponse

from sms_service.domain.roles import Role
from sms_service.service.people import LastAdmin
from tests.support.console import words_of
from tests.support.signing_in import BY, PASSWORD, Browser, Office, make_user

_SARA, _REZA = "/console/users/sara", "/console/users/reza"
_ONCE = re.compile(r'<p class="once"><bdi dir="ltr" lang="en">([^<]+)</bdi></p>')


@pytest.fixture
def reza(office: Office) -> Browser:
    """Signed in."""
    browser = office.browser()
    browser.sign_in("reza")
    return browser


def once(page: TestResponse) -> str:
    found = _ONCE.search(page.get_data(as_text=True))
    assert found
    return found[1]


def test_a_new_user_gets_a_password_that_is_shown_once_and_must_be_changed(
    office: Office, reza: Browser
) -> None:
    form = {"username": "Mina", "name": "مینا کریمی", "email": "", "roles": ["operator", "auditor"]}
    password = once(reza.post("/console/new-user", form))
    mina = office.person("mina")
    assert mina.roles == {Role.OPERATOR, Role.AUDITOR}
    assert password not in words_of(reza.get("/console/users/mina"))
    browser = office.browser()
    browser.sign_in("mina", password)
    assert browser.get("/console/users").status_code == 403
    assert browser.get("/console/account").location == "/console/account/password"
    new = "seven green apples"
    changed = browser.post("/console/account/password", {"old": password, "new": new, "again": new})
    assert changed.status_code == 303
    assert browser.is_in()
    assert office.deeds("user_create")[-1] == "mina"
    assert office.deeds("password_change") == ["mina"]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"username": "s"}, "نام کاربری با حرف کوچک لاتین آغاز می‌شود"),
        ({"username": "sara"}, "کاربری با این نام یا رایانامه هست"),
        ({"email": "no mail"}, "این رایانامه درست نیست"),
        ({"roles": []}, "دست‌کم یک نقش برگزینید"),
        ({"roles": ["owner"]}, "دست‌کم یک نقش برگزینید"),
        ({"name": "\u202egnissab"}, "نام باید حداکثر ۸۰ نویسه"),
        ({"name": "x" * 81}, "نام باید حداکثر ۸۰ نویسه"),
    ],
)
def test_a_form_that_is_wrong_says_where_and_makes_nobody(
    office: Office, reza: Browser, changed: dict[str, object], said: str
) -> None:
    form = {"username": "mina", "name": "", "email": "", "roles": ["operator"], **changed}
    answer = reza.post("/console/new-user", form)
    assert (answer.status_code, said in words_of(answer)) == (400, True)
    assert office.parts.people.find("mina") is None


def test_other_roles_end_the_sessions_of_the_user(office: Office, reza: Browser) -> None:
    sara = office.browser()
    sara.sign_in("sara")
    assert reza.post(_SARA, {"roles": ["supervisor"]}, to=f"{_SARA}/roles").status_code == 303
    assert not sara.is_in()
    assert office.person("sara").roles == {Role.SUPERVISOR}
    assert office.deeds("user_roles") == ["sara"]


def test_a_user_is_let_go_and_let_in_again(office: Office, reza: Browser) -> None:
    sara = office.browser()
    sara.sign_in("sara")
    reza.post(_SARA, to=f"{_SARA}/deactivate")
    assert not sara.is_in()
    assert sara.sign_in("sara").status_code == 400
    reza.post(_SARA, to=f"{_SARA}/activate")
    assert sara.sign_in("sara").status_code == 303
    assert (office.deeds("user_deactivate"), office.deeds("user_activate")) == (["sara"], ["sara"])


def test_a_reset_password_is_shown_once_opens_a_lock_and_ends_what_was_open(
    office: Office, reza: Browser
) -> None:
    sara = office.browser()
    sara.sign_in("sara")
    for _ in range(5):
        office.browser().sign_in("sara", "wrong")
    password = once(reza.post(_SARA, to=f"{_SARA}/password"))
    assert not sara.is_in()
    assert sara.sign_in("sara").status_code == 400
    assert sara.sign_in("sara", password).status_code == 303
    assert sara.get("/console/").location == "/console/account/password"


def test_a_lost_phone_is_forgotten(office: Office, reza: Browser) -> None:
    sara = office.browser()
    sara.sign_in("sara")
    sara.set_up_second_factor()
    reza.post(_SARA, to=f"{_SARA}/second-factor")
    assert not office.person("sara").has_second_factor
    assert not sara.is_in()
    assert office.deeds("user_second_factor_reset") == ["sara"]


def test_a_user_is_signed_out_everywhere(office: Office, reza: Browser) -> None:
    browsers = [office.browser() for _ in range(2)]
    for browser in browsers:
        browser.sign_in("sara")
    reza.post(_SARA, to=f"{_SARA}/sessions")
    assert not any(browser.is_in() for browser in browsers)
    assert reza.is_in()


@pytest.mark.parametrize(
    ("deed", "form", "said"),
    [
        ("deactivate", {}, "دسترسی خود را نمی‌توانید بگیرید"),
        ("roles", {"roles": ["operator"]}, "نقش مدیر را نمی‌توانید از خود بگیرید"),
        ("password", {}, "گذرواژهٔ خود را در «حساب من» عوض کنید"),
        ("second-factor", {}, "در «حساب من» عوض کنید"),
    ],
)
def test_nobody_locks_themselves_out(
    office: Office, reza: Browser, deed: str, form: dict[str, object], said: str
) -> None:
    answer = reza.post(_REZA, form, to=f"{_REZA}/{deed}")
    assert (answer.status_code, said in words_of(answer)) == (400, True)
    assert reza.is_in()
    assert office.person("reza").roles == {Role.ADMIN}


def test_a_user_who_isn_t_there_is_a_404(reza: Browser) -> None:
    assert reza.get("/console/users/nobody").status_code == 404
    for deed in ("roles", "deactivate", "activate", "second-factor", "sessions", "password"):
        answer = reza.post(_SARA, {"roles": ["admin"]}, to=f"/console/users/nobody/{deed}")
        assert answer.status_code == 404


def test_what_somebody_calls_themselves_stays_words(office: Office, reza: Browser) -> None:
    form = {"username": "mina", "name": "<script>x</script> اسم", "roles": ["operator"]}
    reza.post("/console/new-user", form)
    page = reza.get("/console/users").get_data(as_text=True)
    assert "<bdi>&lt;script&gt;x&lt;/script&gt; اسم</bdi>" in page
    assert "<script>x" not in page


def test_an_operator_may_not_look_after_users(office: Office) -> None:
    sara = office.browser()
    sara.sign_in("sara")
    assert sara.get("/console/users").status_code == 403
    answer = sara.post("/console/account", {"roles": ["admin"]}, to=f"{_SARA}/roles")
    assert answer.status_code == 403
    assert office.person("sara").roles == {Role.OPERATOR}


@pytest.mark.parametrize(
    ("old", "new", "again", "said"),
    [
        ("wrong", "seven green apples", None, "گذرواژهٔ کنونی درست نبود"),
        (PASSWORD, "short", None, "گذرواژه باید دست‌کم ده نویسه باشد"),
        (PASSWORD, "i am sara, really", None, "نام کاربری نباید در گذرواژه باشد"),
        (PASSWORD, "password1234", None, "این گذرواژه را زود حدس می‌زنند"),
        (PASSWORD, PASSWORD, None, "این همان گذرواژهٔ کنونی است"),
        (PASSWORD, "seven green apples", "other", "دو گذرواژه یکی نیستند"),
        (PASSWORD, "x1" * 80, None, "حداکثر ۱۲۸ نویسه"),
    ],
)
def test_a_new_password_that_won_t_do_is_told_beside_its_field(
    office: Office, old: str, new: str, again: str | None, said: str
) -> None:
    sara = office.browser()
    sara.sign_in("sara")
    form = {"old": old, "new": new, "again": new if again is None else again}
    answer = sara.post("/console/account/password", form)
    assert (answer.status_code, said in words_of(answer)) == (400, True)
    assert office.browser().sign_in("sara").status_code == 303


def test_a_new_password_signs_out_every_other_browser_and_changes_the_token(
    office: Office,
) -> None:
    here, there = office.browser(), office.browser()
    for browser in (here, there):
        browser.sign_in("sara")
    before = here.cookie()
    new = "seven green apples"
    here.post("/console/account/password", {"old": PASSWORD, "new": new, "again": new})
    assert here.is_in()
    assert here.cookie() != before
    assert not there.is_in()
    assert there.sign_in("sara").status_code == 400
    assert there.sign_in("sara", new).status_code == 303


def test_users_end_their_own_sessions_and_nobody_else_s(office: Office, reza: Browser) -> None:
    here, there = office.browser(), office.browser()
    for browser in (here, there):
        browser.sign_in("sara")
    mine = office.parts.sessions.of_user(office.person("sara").id)
    (his,) = office.parts.sessions.of_user(office.person("reza").id)
    page = here.get("/console/account").get_data(as_text=True)
    others = [one.handle for one in mine if f"/sessions/{one.handle}/end" in page]
    assert len(others) == 1
    path = "/console/account/sessions/{}/end"
    assert here.post("/console/account", to=path.format(his.handle)).status_code == 404
    assert reza.is_in()
    assert here.post("/console/account", to=path.format(others[0])).status_code == 303
    assert (here.is_in(), there.is_in()) == (True, False)


def test_two_admins_can_t_both_take_the_role_from_each_other(office: Office) -> None:
    make_user(office.parts, "mina", Role.ADMIN)
    refused: list[str] = []

    def take(username: str) -> None:
        try:
            office.parts.people.set_roles(username, frozenset(), BY)
        except LastAdmin:
            refused.append(username)

    takers = [threading.Thread(target=take, args=(name,)) for name in ("reza", "mina")]
    for one in takers:
        one.start()
    for one in takers:
        one.join()
    assert len(refused) == 1
    assert Role.ADMIN in office.person(refused[0]).roles
