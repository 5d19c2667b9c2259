"""Tokens of programs at the desk: made, shown once, revoked."""

import re

from sqlalchemy import Engine

from sms_service.domain.roles import Role, Scope
from tests.support.console import Desk, words_of
from tests.support.counter import deeds_of

FORM = {"name": "portal", "days": "۳۰", "scopes": ["requests:read", "requests:write"]}


def made_by(desk: Desk, **fields: object) -> str:
    page = desk.post("/console/tokens", {**FORM, **fields})
    assert page.status_code == 200
    found = re.search(r"desk_[\w-]{43}", page.get_data(as_text=True))
    assert found
    return found[0]


def test_a_token_is_shown_once_and_works(desk: Desk, engine: Engine) -> None:
    with desk.seat(Role.ADMIN, name="reza"):
        secret = made_by(desk)
        page = desk.get("/console/tokens")
    assert secret not in page.get_data(as_text=True)
    assert "portal" in words_of(page)
    token = desk.parts.tokens.find(secret)
    assert token is not None
    assert sorted(token.scopes) == [Scope.READ, Scope.ASK]
    assert token.created_by == "reza"
    (deed,) = deeds_of(engine)
    assert (deed.action, deed.subject, deed.actor) == ("create_token", "portal", "reza")
    assert secret not in str(deed)


def test_a_revoked_token_works_no_more(desk: Desk, engine: Engine) -> None:
    with desk.seat(Role.ADMIN):
        secret = made_by(desk)
        (token,) = desk.parts.tokens.all()
        for _ in range(2):
            done = desk.post(f"/console/tokens/{token.id}/revoke")
            assert done.status_code == 303
        assert "باطل شده است" in words_of(desk.get("/console/tokens"))
        assert desk.post("/console/tokens/99/revoke").status_code == 303
        assert desk.post(f"/console/tokens/{1 << 70}/revoke").status_code == 404
    assert desk.parts.tokens.find(secret) is None
    assert [deed.action for deed in deeds_of(engine)] == ["create_token", "revoke_token"]


def test_what_is_wrong_makes_no_token(desk: Desk) -> None:
    wrongs: tuple[dict[str, object], ...] = (
        {"name": ""},
        {"name": "x" * 41},
        {"days": "0"},
        {"days": "x"},
        {"scopes": []},
    )
    with desk.seat(Role.ADMIN):
        for wrong in wrongs:
            assert desk.post("/console/tokens", {**FORM, **wrong}).status_code == 400
        assert desk.post("/console/tokens", {**FORM, "scopes": ["all"]}).status_code == 400
    assert desk.parts.tokens.all() == []


def test_a_token_s_name_is_words_and_no_page(desk: Desk) -> None:
    with desk.seat(Role.ADMIN):
        made_by(desk, name="<script>alert(1)</script>")
        page = desk.get("/console/tokens").get_data(as_text=True)
    assert "<script>alert" not in page


def test_a_supervisor_makes_none(desk: Desk) -> None:
    with desk.seat(Role.SUPERVISOR):
        assert desk.post("/console/tokens", FORM).status_code == 403
    assert desk.parts.tokens.all() == []
