"""Each page of the desk, asked for by each role, by a stranger, and by a forger."""

import pytest

from sms_service.domain.roles import ABILITIES, Role
from sms_service.service.auditing import Actor
from tests.support.access_table import Row, rows
from tests.support.console import Desk

_DESK = [row for row in rows() if row.path.startswith("/console/") and row.needs != "anybody"]
_FREE_FORMS = [row for row in rows() if row.path.startswith("/console/") and row.method == "POST"]


def ask(desk: Desk, row: Row) -> int:
    asked = desk.get(row.address) if row.method == "GET" else desk.post(row.address, row.form)
    with asked as answer:
        return answer.status_code


@pytest.mark.parametrize("row", _DESK, ids=str)
def test_a_page_is_for_those_who_may_use_it(desk_on_sqlite: Desk, row: Row) -> None:
    may = {role for role in Role if row.needs in {"signed_in", *ABILITIES[role]}}
    said: dict[Role, int] = {}
    for role in Role:
        with desk_on_sqlite.seat(role):
            said[role] = ask(desk_on_sqlite, row)
    assert {role for role, status in said.items() if status != 403} == may
    assert max(said.values()) < 500


@pytest.mark.parametrize("row", _DESK, ids=str)
def test_a_stranger_is_shown_the_door(desk_on_sqlite: Desk, row: Row) -> None:
    assert ask(desk_on_sqlite, row) == 303


@pytest.mark.parametrize("row", _FREE_FORMS, ids=str)
def test_a_form_that_isn_t_ours_is_refused(desk_on_sqlite: Desk, row: Row) -> None:
    with desk_on_sqlite.seat(*Role):
        answer = desk_on_sqlite.client.post(row.address, data=row.form)
    assert answer.status_code == 400


def test_somebody_without_a_role_may_use_nothing(desk_on_sqlite: Desk) -> None:
    desk_on_sqlite.sitting = Actor("nobody")
    for row in _DESK:
        expected = {200, 303, 400, 403, 404} if row.needs == "signed_in" else {403}
        assert ask(desk_on_sqlite, row) in expected, str(row)
