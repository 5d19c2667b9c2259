"""What all pages share: the door, the menu, the refusals."""

from sms_service.domain.roles import Role
from tests.support.console import Desk, words_of


def test_a_stranger_is_sent_to_the_door_and_from_there_back(desk: Desk) -> None:
    answer = desk.get("/console/anything", q="1")
    assert answer.status_code == 303
    assert answer.location.endswith("?next=/console/anything?q%3D1")


def test_a_stranger_s_piece_of_a_page_sends_the_whole_page_to_the_door(desk: Desk) -> None:
    answer = desk.piece("/console/anything")
    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"].startswith("/console/")


def test_a_page_that_isn_t_there_says_so_in_persian(desk: Desk) -> None:
    with desk.seat(Role.OPERATOR):
        answer = desk.get("/console/no/such")
    assert answer.status_code == 404
    assert "چنین صفحه‌ای نیست" in words_of(answer)


def test_every_page_may_load_our_own_files_alone_and_is_kept_nowhere(desk: Desk) -> None:
    with desk.seat(Role.OPERATOR):
        answer = desk.get("/console/no/such")
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"] == "no-store"
