"""The page of the audit log: read by those who may, filtered, checked, handed out."""

from io import BytesIO

import pytest
from openpyxl import load_workbook
from sqlalchemy import text

from sms_service.console import audit_log
from sms_service.database import writing
from sms_service.domain.roles import Role
from sms_service.service.auditing import Actor, Deed
from tests.support.console import Desk, words_of

SARA = Actor("sara", frozenset({Role.OPERATOR}), address="192.0.2.7")
_FORMULA = '=HYPERLINK("http://evil")'


def fill(
    desk: Desk, *subjects: str, action: str = "user_create", reason: str | None = None
) -> None:
    for subject in subjects:
        desk.parts.audit.write(Deed(SARA, action, "user", subject, reason))


@pytest.mark.parametrize("role", [Role.ADMIN, Role.AUDITOR])
def test_the_log_tells_who_did_what_in_persian_words(desk: Desk, role: Role) -> None:
    fill(desk, "mina", reason="همکار تازه")
    with desk.seat(role):
        said = words_of(desk.get("/console/audit"))
    for word in ("sara", "اپراتور", "کاربر ساخت", "mina", "همکار تازه", "هنوز بررسی نشده است"):
        assert word in said


def test_the_log_goes_on_below_what_was_shown(desk: Desk) -> None:
    fill(desk, *(f"user{number:02}" for number in range(51)))
    with desk.seat(Role.AUDITOR):
        first = desk.get("/console/audit", actor="sara")
        second = desk.get("/console/audit", actor="sara", below="2")
    assert "user50" in words_of(first)
    assert "user00" not in words_of(first)
    assert "/console/audit?below=2&amp;actor=sara" in first.get_data(as_text=True)
    assert "user00" in words_of(second)
    assert "user01" not in words_of(second)


def test_the_log_is_filtered_by_person_deed_and_day(desk: Desk) -> None:
    fill(desk, "mina")
    fill(desk, "reza", action="user_deactivate")
    with desk.seat(Role.AUDITOR):
        by_deed = words_of(desk.get("/console/audit", action="user_deactivate"))
        by_day = words_of(
            desk.get("/console/audit", **{"from": "۱۴۰۰/۰۱/۰۱", "until": "1400/01/02"})
        )
        by_subject = words_of(desk.get("/console/audit", subject="mina"))
    assert ("reza" in by_deed, "mina" in by_deed) == (True, False)
    assert "چنین رویدادی نیست" in by_day
    assert ("mina" in by_subject, "reza" in by_subject) == (True, False)


@pytest.mark.parametrize("day", ["yesterday", "1405/13/01", "1405/12/30"])
def test_a_day_that_isn_t_one_is_told_beside_its_field(desk: Desk, day: str) -> None:
    with desk.seat(Role.AUDITOR):
        answer = desk.get("/console/audit", **{"from": day})
    assert answer.status_code == 400
    assert "روز را چنین بنویسید" in words_of(answer)


@pytest.mark.parametrize("below", ["x", "-1", "٣", "9" * 40, ""])
def test_a_place_to_go_on_from_that_is_none_is_no_error(desk: Desk, below: str) -> None:
    with desk.seat(Role.AUDITOR):
        assert desk.get("/console/audit", below=below).status_code == 200


def test_a_check_of_a_whole_log_says_so_and_is_remembered(desk: Desk) -> None:
    fill(desk, "mina")
    with desk.seat(Role.AUDITOR, name="hami"):
        assert desk.post("/console/audit/check").status_code == 303
        said = words_of(desk.get("/console/audit"))
    assert "همهٔ ۱ ردیف درست است" in said
    assert "دست‌نخورده آخرین بررسی" in said
    assert "hami" in said


def test_a_check_names_the_first_row_that_was_changed(desk: Desk) -> None:
    fill(desk, "mina", "reza", "sara")
    engine = desk.parts.service.engine
    with writing(engine) as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("ALTER TABLE audit DISABLE TRIGGER USER"))
        else:
            connection.execute(text("DROP TRIGGER audit_no_update"))
        connection.execute(text("UPDATE audit SET subject = 'nobody' WHERE number = 2"))
    with desk.seat(Role.AUDITOR):
        desk.post("/console/audit/check")
        said = words_of(desk.get("/console/audit"))
    assert "ردیف ۲ با ردیف پیش از خود نمی‌خواند" in said
    assert "از ردیف ۲ دست‌کاری شده است" in said


def test_a_log_too_long_for_a_page_is_left_to_the_command(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(desk, "mina", "reza")
    monkeypatch.setattr(audit_log, "MOST_CHECKED", 1)
    with desk.seat(Role.AUDITOR):
        desk.post("/console/audit/check")
        said = words_of(desk.get("/console/audit"))
    assert "sms-service audit check" in said
    assert desk.parts.audit_view.last_check() is None


def test_the_workbook_holds_what_was_filtered_no_formula_and_is_a_deed_itself(desk: Desk) -> None:
    fill(desk, "mina", reason=_FORMULA)
    fill(desk, "reza", action="user_deactivate")
    wanted = {"action": "user_create"}
    with (
        desk.seat(Role.AUDITOR, name="hami"),
        desk.post("/console/audit/export", wanted) as answer,
    ):
        sheet = load_workbook(BytesIO(answer.get_data())).active
    assert sheet is not None
    head, *rows = list(sheet.iter_rows())
    assert (head[2].value, len(rows)) == ("چه کسی", 1)
    reason = rows[0][7]
    assert (reason.value, reason.data_type) == (_FORMULA, "s")
    last = list(desk.parts.audit.entries())[-1]
    assert (last.actor, last.action) == ("hami", "audit_export")
    assert '"user_create"' in last.details


def test_words_of_others_stay_words(desk: Desk) -> None:
    fill(desk, "mina", reason="<script>x</script>\u202egnissab")
    with desk.seat(Role.AUDITOR):
        page = desk.get("/console/audit").get_data(as_text=True)
    assert "<script>x" not in page
    assert '<bdi class="said">&lt;script&gt;x&lt;/script&gt;\u202egnissab</bdi>' in page


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.SUPERVISOR])
def test_operators_and_supervisors_see_no_log(desk: Desk, role: Role) -> None:
    with desk.seat(role):
        assert desk.get("/console/audit").status_code == 403
        with desk.post("/console/audit/export") as answer:
            assert answer.status_code == 403
