"""Texts for wishes that can't be met: what is wrong, and what to send instead."""

from collections.abc import Iterator

from sms_service.domain.bill_id import BILL_ID_LENGTH, company_code, printed, utility
from sms_service.domain.records import Bill, History
from sms_service.language.ladder import Draft
from sms_service.language.numbers import MOST_BILLS
from sms_service.language.reading import Problem, Reading
from sms_service.language.rows import told_day
from sms_service.language.small_answers import message
from sms_service.language.voice import Voice
from sms_service.language.years import FIRST_YEAR_WITH_RECORDS


def problem_text(
    reading: Reading, history: History | None, voice: Voice, code: str
) -> tuple[str, str]:
    """The name of the sentence that tells this problem, and its text."""
    problem = reading.problem
    if problem is None:
        raise ValueError("a reading without a problem has an answer")
    if problem is Problem.NO_DATA:
        return problem, _no_data(reading, history, voice)
    if problem is Problem.OTHER_UTILITY:
        return problem, _other_utility(reading, voice)
    if problem is Problem.OTHER_COMPANY:
        return problem, _other_company(reading, voice)
    if problem is Problem.BAD_CHECK_DIGIT:
        return problem, voice.wording.say("bad_check_digit", number=_grouped(reading.number))
    facts = {
        "typed": str(len(reading.number or "")),
        "wanted": str(BILL_ID_LENGTH),
        "most": str(MOST_BILLS),
        "year": _example_year(reading, voice)
        if problem is Problem.NO_BILL_ID
        else _first_year(reading, voice),
        "this_year": str(voice.this_year),
        "oldest": str(FIRST_YEAR_WITH_RECORDS),
        "company": voice.style.company,
        "phone": voice.style.support_phone,
        "code": code,
    }
    return problem, voice.wording.say_whole(problem.value, facts)


def no_data_drafts(reading: Reading, history: History, voice: Voice) -> Iterator[Draft]:
    """The same where something is owed all the same: the debt comes first."""
    say, newest = voice.wording.say, _newest(history)
    debt = voice.debt_lines(history)
    if newest is None:
        yield Draft(Problem.NO_DATA, [*debt, say("no_bills")])
        return
    since = say("no_bills_since", year=_first_year(reading, voice))
    yield Draft(Problem.NO_DATA, [*debt, since, say("more_short", year=str(newest.sale_year))])
    yield Draft(Problem.NO_DATA, [*debt, since])
    yield Draft(Problem.NO_DATA, debt)


def _first_year(reading: Reading, voice: Voice) -> str:
    return str(reading.from_year or voice.this_year - voice.style.default_years)


def _example_year(reading: Reading, voice: Voice) -> str:
    """The year that was typed, where it can be asked for: what follows «مثل» gets copied."""
    typed = reading.from_year
    if typed is not None and FIRST_YEAR_WITH_RECORDS <= typed <= voice.this_year:
        return str(typed)
    return str(voice.this_year - voice.style.default_years)


def _no_data(reading: Reading, history: History | None, voice: Voice) -> str:
    """No bill since the year asked for: the last one before it is named."""
    newest = _newest(history)
    if newest is None:
        return message("no_data_at_all", voice)
    day = told_day(newest)
    return voice.wording.say(
        "no_data",
        year=_first_year(reading, voice),
        month=f"{voice.wording.months[day.month - 1]}{day.year}",
        kwh=voice.wording.number(newest.kwh),
        last_year=str(newest.sale_year),
    )


def _newest(history: History | None) -> Bill | None:
    bills = reversed(history.bills) if history else ()
    return next((bill for bill in bills if not bill.rejected), None)


def _other_utility(reading: Reading, voice: Voice) -> str:
    name = None
    if reading.number:
        name = voice.wording.utilities.get(utility(reading.number).name)
    if name is None:
        return voice.wording.say("other_utility_unknown")
    return voice.wording.say("other_utility", utility=name)


def _other_company(reading: Reading, voice: Voice) -> str:
    ours = voice.style.company
    name = voice.wording.companies.get(company_code(reading.number)) if reading.number else None
    if name is None:
        return voice.wording.say("other_company_unknown", ours=ours)
    return voice.wording.say("other_company", company=name, ours=ours)


def _grouped(digits: str | None) -> str:
    """The number in the groups of a printed bill, joined so that no screen reverses them.

    Groups apart from each other are shown from right to left in a Persian line; a solidus
    between digits keeps them one number, read from left to right as on paper.
    """
    if not digits or len(digits) > BILL_ID_LENGTH:
        return digits or ""
    return "/".join(printed(digits).split())
