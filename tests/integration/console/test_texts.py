"""The page of texts and menus: what would be sent, and nothing that is."""

import re
from collections.abc import Callable, Iterator
from itertools import product

import pytest
from sqlalchemy import Engine, func, select

from sms_service.console.previews import Previews
from sms_service.database import reading
from sms_service.domain.roles import Role
from sms_service.language.reading import Problem, Script
from sms_service.language.screens import SCREEN_UNITS
from sms_service.ledger.tables import inbound, outbound
from sms_service.service.previewing import Asked, SampleSource
from sms_service.settings import Settings
from sms_service.templates import templates_dir
from tests.support.billing_rows import store
from tests.support.console import Desk, opened, words_of
from tests.support.histories import BILL_ID, YESTERDAY, history, paid, two_monthly

BILLS = two_monthly(1404, 1405)
PAGE = "/console/texts"
NEVER_TOLD_AS_A_PROBLEM = {Problem.LIMITED}
"""Its notice tells of a limit."""

VARIANTS = {"other_utility_unknown", "other_company_unknown", "no_data_at_all"}
"""Sentences that share the rung of another."""


@pytest.fixture
def desk(settings: Callable[..., Settings], engine: Engine, database_url: str) -> Iterator[Desk]:
    given = settings(
        DATABASE_URL=database_url, REDIS_URL="redis://127.0.0.1:9/0", TODAY="1405-09-02"
    )
    with opened(given, Role.OPERATOR) as desk:
        yield desk


@pytest.fixture
def previews(desk: Desk) -> Previews:
    return Previews(desk.parts.service)


def talks(desk: Desk) -> list[dict[str, object]]:
    return list(desk.site.words["texts"]["talks"])


def test_the_page_shows_an_example_with_its_size_and_its_rung(desk: Desk) -> None:
    page = words_of(desk.get(PAGE))
    assert re.search(r"[۱-۳] بخش · [۰-۹]+ واحد · UCS-2 · rows", page)
    assert "برگزیده شد" in page


def test_the_rungs_that_were_tried_stand_before_the_chosen_one(desk: Desk) -> None:
    page = desk.post(PAGE, {"sample": "factory", "wish": "history", "from_year": "1404"})
    told = words_of(page)
    assert told.index("جا نمی‌شد") < told.index("برگزیده شد")


def test_every_sample_answers_every_wish_in_both_letters(desk: Desk, previews: Previews) -> None:
    words, samples = desk.site.words["texts"], previews.samples.histories
    assert words["samples"].keys() == samples.keys()
    source = SampleSource(samples.values())
    for phrase, one, latin in product(words["phrases"].values(), samples.values(), (False, True)):
        asked = Asked([phrase.format(bill=one.bill_id, year="1405")], latin)
        assert previews.answers(asked, source)[0].reply is not None


def test_a_registered_phone_sees_tracking_numbers_and_a_stranger_doesn_t(desk: Desk) -> None:
    form = {"sample": "paid", "wish": "payments", "from_year": "1405"}
    answers = []
    for own in ("", "1"):
        page = desk.post(PAGE, {**form, "registered": own}).get_data(as_text=True)
        answers.append(page.partition('class="handset"')[2].partition("</div>")[0])
    assert answers[0] != answers[1]
    assert "پیگیری" in answers[1]
    assert "پیگیری" not in answers[0]


def test_a_real_bill_is_previewed_as_it_would_be_answered(desk: Desk) -> None:
    told = history(BILLS, [paid(bill) for bill in BILLS])
    store(desk.parts.service.engine, told, as_of=YESTERDAY)
    page = words_of(desk.post(PAGE, {"bill_id": "۱۲۳۴-۵۶۷۸-۰۴۴۲-۳", "wish": "history"}))
    assert "مصرف" in page
    assert "کلیدها: 1" in page


def test_an_auditor_may_preview_samples_and_no_real_bill(desk: Desk) -> None:
    with desk.seat(Role.AUDITOR):
        assert desk.get(PAGE).status_code == 200
        refused = desk.post(PAGE, {"bill_id": BILL_ID, "wish": "debt"})
    assert refused.status_code == 400
    assert "قبض واقعی را تنها اپراتورها می‌بینند" in words_of(refused)


@pytest.mark.parametrize("typed", ["1", "x", "1" * 40, "1234567804424", "<b>"])
def test_what_is_no_bill_is_said_beside_its_field(desk: Desk, typed: str) -> None:
    answer = desk.post(PAGE, {"bill_id": typed, "wish": "debt"})
    assert answer.status_code == 400
    assert "این شناسهٔ قبض نیست" in words_of(answer)
    assert "<b>" not in answer.get_data(as_text=True)


@pytest.mark.parametrize("year", ["14", "x", "99999", "14۰x"])
def test_what_is_no_year_is_said_beside_its_field(desk: Desk, year: str) -> None:
    answer = desk.post(PAGE, {"sample": "paid", "wish": "history", "from_year": year})
    assert answer.status_code == 400
    assert "سال را با چهار رقم بنویسید" in words_of(answer)


def test_a_preview_needs_the_form_of_our_own_page(desk: Desk) -> None:
    assert desk.client.post(PAGE, data={"sample": "paid"}).status_code == 400


def test_nothing_is_sent_and_nothing_written_down(desk: Desk) -> None:
    desk.post(PAGE, {"sample": "debtor", "wish": "history"})
    with reading(desk.parts.service.engine) as connection:
        for table in (inbound, outbound):
            assert connection.scalar(select(func.count()).select_from(table)) == 0


def test_the_gallery_shows_every_problem_that_a_phone_is_told_of(
    desk: Desk, previews: Previews
) -> None:
    shown = {
        one.reading.problem
        for example in previews.gallery(talks(desk), latin=False)
        for one in example.answers
        if one.reading
    }
    assert set(Problem) - shown == NEVER_TOLD_AS_A_PROBLEM


@pytest.mark.parametrize("script", Script)
def test_the_gallery_shows_every_whole_text_of_the_templates(
    desk: Desk, previews: Previews, script: Script
) -> None:
    latin = script is Script.LATIN
    examples = previews.gallery(talks(desk), latin=latin)
    examples += previews.notices(desk.site.words["texts"]["limits"], latin=latin)
    rungs = {one.reply.rung for example in examples for one in example.answers if one.reply}
    assert _whole_texts() - rungs == set()


@pytest.mark.parametrize("latin", [False, True])
def test_no_answer_of_the_gallery_is_longer_than_the_company_wants(
    desk: Desk, previews: Previews, latin: bool
) -> None:
    for example in previews.gallery(talks(desk), latin=latin):
        for one in example.answers:
            assert one.reply is None or one.reply.parts <= desk.parts.settings.max_parts


@pytest.mark.parametrize("latin", [False, True])
def test_every_screen_has_its_name_and_fits(desk: Desk, previews: Previews, latin: bool) -> None:
    screens = previews.every_screen(latin=latin)
    assert {one.name for one in screens} == desk.site.words["texts"]["screens"].keys()
    assert [one.name for one in screens if one.units > SCREEN_UNITS] == []


def test_a_dialogue_is_shown_page_by_page_to_its_end(previews: Previews) -> None:
    samples = previews.samples
    source = SampleSource(samples.histories.values())
    bill_id = samples.histories["paid"].bill_id
    shown = list(previews.screens(bill_id, source, latin=False, registered=True))
    keys = [one.name for one in shown]
    assert {"", "1", "2", "21", "219", "3"} <= set(keys)
    assert max(one.units for one in shown) <= SCREEN_UNITS


def _whole_texts() -> set[str]:
    """Names of the sentences of messages.j2, which are answers of their own."""
    written = (templates_dir() / "sms" / "messages.j2").read_text("utf-8")
    return set(re.findall(r"macro ([a-z_]+)\(", written)) - VARIANTS
