"""``sms-service reply`` as the contract has it: one object a text, nothing sent or kept."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from sms_service.simulator.questions import questions
from tests.support.billing import DEMO_DATA
from tests.support.environment import process_environment

BILL = "6249849504428"


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> str:
    url = f"sqlite:///{tmp_path_factory.mktemp('reply') / 'bills.db'}"
    run(url, "billing", "import", str(DEMO_DATA))
    return url


def run(
    url: str, *verb: str, stdin: str = "", folder: Path | None = None, **settings: str
) -> subprocess.CompletedProcess[str]:
    """The command with no setting but the database's address and these."""
    return subprocess.run(
        [sys.executable, "-m", "sms_service", *verb],
        env=process_environment({"DATABASE_URL": url} | settings),
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
    )


def reply(url: str, *texts: object, options: tuple[str, ...] = ()) -> list[dict[str, object]]:
    lines = "".join(json.dumps(text) + "\n" for text in texts)
    done = run(url, "reply", "--json", "--today", "1405-09-02", *options, "-", stdin=lines)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_every_text_of_the_demo_is_answered_rightly_without_redis_secrets_or_gateway(
    database: str,
) -> None:
    asked = questions()
    given = reply(database, *(question.text for question in asked))
    for question, answer in zip(asked, given, strict=True):
        sent = answer["reply"]
        assert isinstance(sent, dict)
        assert all(expected in sent["text"] for expected in question.answer), question.text


def test_an_answer_says_how_the_text_was_understood_and_what_it_costs(database: str) -> None:
    answer = reply(database, f"{BILL} 2025")[0]
    assert answer["understood"] == {
        "intent": "history",
        "bill_id": BILL,
        "from_year": 1404,
        "problem": None,
        "notes": ["gregorian_year"],
    }
    sent = answer["reply"]
    assert isinstance(sent, dict)
    assert set(sent) == {"text", "units", "parts", "encoding"}
    assert sent["units"] == len(sent["text"])
    assert (sent["parts"], sent["encoding"]) == (3, "UCS-2")


def test_a_line_that_is_no_text_costs_that_line_only(database: str) -> None:
    done = run(database, "reply", "--json", "-", stdin='"x"\n[1]\nnonsense\n\n"\\ud800"\n"y"')
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert ["error" in answer for answer in answers] == [False, True, True, True, False, False]
    assert done.returncode == 0


def test_a_year_alone_is_about_the_bill_asked_before_unless_context_is_off(database: str) -> None:
    with_context = reply(database, BILL, "1404")[1]["understood"]
    without = reply(database, BILL, "1404", options=("--no-context",))[1]["understood"]
    assert isinstance(with_context, dict)
    assert isinstance(without, dict)
    assert with_context["notes"] == ["context_bill_id"]
    assert without["problem"] == "no_bill_id"


def test_nothing_would_be_sent_to_a_sender_that_is_no_mobile(database: str) -> None:
    assert reply(database, BILL, options=("--from", "1000"))[0]["reply"] is None


def test_the_registered_phone_may_leave_the_number_out(database: str) -> None:
    answer = reply(database, "بدهی", options=("--from", "09357728134"))[0]["understood"]
    assert isinstance(answer, dict)
    assert (answer["bill_id"], answer["notes"]) == (BILL, ["registered_bill_id"])


def test_no_limit_holds_for_a_trial(database: str) -> None:
    wrong, right = "1234567804424", BILL
    answers = reply(database, *[wrong] * 30, *[right] * 70, options=("--from", "09121234567"))
    assert [bool(answer["reply"]) for answer in answers] == [True] * 100
    problems = {str(_understood(answer)["problem"]) for answer in answers}
    assert problems == {"bad_check_digit", "None"}


@pytest.mark.parametrize(
    ("sender", "problem"), [("09357728134", None), ("09121234567", "not_allowed")]
)
def test_the_access_policy_holds_for_a_trial_too(
    database: str, sender: str, problem: str | None
) -> None:
    done = run(database, "reply", "--json", "--from", sender, BILL, ACCESS_POLICY="registered")
    assert _understood(json.loads(done.stdout))["problem"] == problem


def _understood(answer: dict[str, object]) -> dict[str, object]:
    understood = answer["understood"]
    assert isinstance(understood, dict)
    return understood


def test_for_people_the_answer_is_shown_as_it_would_arrive(database: str) -> None:
    done = run(database, "reply", "--today", "1405-09-02", BILL)
    assert done.returncode == 0
    assert "۱۵۳,۵۰۰" in done.stdout


@pytest.mark.parametrize(
    "url", ["sqlite:///{}/empty.db", "postgresql://nobody@127.0.0.1:9/none", "nonsense://x"]
)
def test_a_database_that_cannot_be_read_is_one_line(url: str, tmp_path: Path) -> None:
    done = run(url.format(tmp_path), "reply", BILL, folder=Path.cwd())
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "DATABASE_URL" in done.stderr


def test_wrong_usage_exits_with_two(database: str) -> None:
    assert run(database, "reply").returncode == 2
    assert run(database, "reply", "--today", "1405-13-01", BILL).returncode == 2
