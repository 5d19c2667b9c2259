"""The page's USSD gateway: what it sends in each dialect, what it takes for a screen."""

import json
from dataclasses import replace
from urllib.parse import parse_qsl

import pytest

from sms_service.simulator.phone.dialling import (
    DIALECTS,
    Screen,
    code_of,
    is_session,
    new_session,
    next_step,
)

PHONE = "+989121234567"
CODE = "*1521*6249849504428*1402#"


def test_json_tells_what_was_dialled_then_each_input_alone_and_counts_the_steps() -> None:
    session = new_session("json", CODE)
    bodies = []
    for typed in (None, "2", "1"):
        session = session if typed is None else next_step(session, typed)
        bodies.append(json.loads(DIALECTS["json"].step(session, PHONE)))
    assert [(b["event"], b["input"], b["sequence"]) for b in bodies] == [
        ("new", CODE, 0),
        ("input", "2", 1),
        ("input", "1", 2),
    ]
    assert {(b["session_id"], b["phone"]) for b in bodies} == {(session.id, PHONE)}


def test_africas_talking_tells_everything_typed_so_far_each_time() -> None:
    session = new_session("africastalking", CODE)
    texts = []
    for typed in (None, "2", "1"):
        session = session if typed is None else next_step(session, typed)
        told = dict(parse_qsl(DIALECTS["africastalking"].step(session, PHONE)))
        texts.append(told["text"])
        assert (told["serviceCode"], told["phoneNumber"]) == ("*1521#", PHONE)
    assert texts == ["6249849504428*1402", "6249849504428*1402*2", "6249849504428*1402*2*1"]


def test_hanging_up_is_told_without_an_input() -> None:
    session = next_step(new_session("json", CODE), "")
    assert json.loads(DIALECTS["json"].close(session, PHONE))["event"] == "close"
    told = dict(parse_qsl(DIALECTS["africastalking"].close(session, PHONE)))
    assert told["status"] == "Incomplete"
    assert "text" not in told


@pytest.mark.parametrize(
    ("dialect", "body", "screen"),
    [
        ("json", '{"message": "منو", "continue": true}', Screen("منو", goes_on=True)),
        ("json", '{"message": "پایان", "continue": false}', Screen("پایان", goes_on=False)),
        ("africastalking", "CON منو\n1 بدهی", Screen("منو\n1 بدهی", goes_on=True)),
        ("africastalking", "END پایان", Screen("پایان", goes_on=False)),
    ],
)
def test_an_answer_is_a_screen_that_goes_on_or_not(dialect: str, body: str, screen: Screen) -> None:
    assert DIALECTS[dialect].screen(body) == screen


@pytest.mark.parametrize(
    ("dialect", "body"),
    [
        *(("json", body) for body in ("", "[]", "1", '{"message": "x"}', "<html>", "null")),
        *(("africastalking", body) for body in ("", "OK", "con x", "<html>")),
    ],
)
def test_anything_else_is_no_screen(dialect: str, body: str) -> None:
    with pytest.raises(ValueError):
        DIALECTS[dialect].screen(body)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("*1521#", "*1521#"),
        (" *۱۵۲۱*٦٢٤# ", "*1521*624#"),
        ("*1521", None),
        ("*15210#", None),
        ("*99#", None),
        ("1521", None),
        ("*1521*a#", None),
        ("*1521*" + "1" * 160 + "#", None),
        ("", None),
    ],
)
def test_only_our_own_codes_are_dialled(typed: str, code: str | None) -> None:
    assert code_of(typed, "*1521#") == code


def test_a_dialogue_from_the_browser_must_be_one_that_we_can_have_begun() -> None:
    session = next_step(new_session("json", CODE), "1")
    assert is_session(session)
    for wrong in (
        replace(session, id="sim-../../etc"),
        replace(session, dialect="gopher"),
        replace(session, dialled="1521"),
        replace(session, step=-1),
        replace(session, step=10**6),
        replace(session, typed=("1" * 161,)),
        replace(session, typed=("1",) * 201),
    ):
        assert not is_session(wrong)
