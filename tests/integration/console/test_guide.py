"""The operators' guide: the same words at the desk and in the documentation."""

import re
from collections.abc import Iterator

import pytest

from sms_service.domain.roles import Role
from sms_service.domain.states import InboundState, LaneState, OutboundState
from sms_service.templates import templates_dir
from sms_service.words import load_words
from tests.support.console import Desk

GUIDE = (templates_dir() / "console/guide/operators.md").read_text(encoding="utf-8")
STATES = load_words(templates_dir() / "words" / "states.toml")


@pytest.fixture
def desk(desk: Desk) -> Iterator[Desk]:
    with desk.seat(Role.OPERATOR):
        yield desk


def test_every_page_leads_to_the_guide_and_the_guide_to_each_of_its_parts(desk: Desk) -> None:
    assert 'href="/console/guide"' in desk.get("/console/overview").text
    page = desk.get("/console/guide").text
    parts = re.findall(r'<li><a href="#([^"]+)">', page)
    assert len(parts) == GUIDE.count("\n## ")
    assert [part for part in parts if f'<h2 id="{part}">' not in page] == []


def test_each_picture_of_the_guide_is_there(desk: Desk) -> None:
    pictures = re.findall(r'<img src="([^"]+)"', desk.get("/console/guide").text)
    assert len(pictures) == GUIDE.count("\n![")
    for picture in pictures:
        with desk.get(picture) as answer:
            assert (picture, answer.status_code, answer.mimetype) == (picture, 200, "image/png")


@pytest.mark.parametrize(
    ("kind", "states"),
    [("inbound", InboundState), ("outbound", OutboundState), ("lane", LaneState)],
)
def test_the_guide_tells_what_to_do_in_every_state_an_operator_may_read(
    kind: str, states: type[InboundState | OutboundState | LaneState]
) -> None:
    labels = [STATES.state(kind, state) for state in states]
    assert [label for label in labels if f"\n| {label} |" not in GUIDE] == []
