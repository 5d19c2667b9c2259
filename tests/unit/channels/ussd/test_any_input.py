"""Whatever is typed, through every dialect: a screen that fits, and nobody else's."""

from collections.abc import Sequence
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from sms_service.language.screens import SCREEN_UNITS, units_of
from tests.support.histories import BILL_ID
from tests.support.ussd_site import CLONES, Site

KEYS = st.sampled_from([*"0123456789*#", "۱", "٢", "00", "99", "", " "])
IDS = st.sampled_from([BILL_ID, f"{BILL_ID} 1404", "1402", "1410", "1234567804424", "12345678"])
ODD = st.sampled_from(
    [
        "\x00",
        "\u202e\u2066۱\u2069",
        "\ufeff1",
        "👨‍👩‍👧‍👦" * 40,
        "9" * 300,
        f"{BILL_ID} " * 25,
        "*" * 300,
        "بدهی",
        "لغو",
        "a\nb\rc\tc",
        "%s{}{{ 1/0 }}",
    ]
)
ANY = st.text(max_size=60)
TYPED = st.one_of(KEYS, KEYS, IDS, ODD, ANY)
HALF_AN_EMOJI = st.just("1\ud83d")
"""Only JSON can tell it."""
_numbers = count(1)


@pytest.fixture(scope="module")
def site() -> Site:
    return Site()


@given(
    inputs=st.lists(TYPED | HALF_AN_EMOJI, max_size=14),
    dialled=st.one_of(st.just("*1521#"), ODD, ANY),
)
@settings(max_examples=60)
def test_json_always_shows_a_screen_that_fits(
    site: Site, inputs: Sequence[str], dialled: str
) -> None:
    number = next(_numbers)
    of = {"session_id": f"any-{number}", "phone": f"0912{number % 10**7:07d}"}
    for step, typed in enumerate([dialled, *inputs]):
        answer = site.step(**of, event="input" if step else "new", input=typed, sequence=step)
        assert answer.status_code == 200
        shown = answer.get_json()
        assert units_of(shown["message"]) <= SCREEN_UNITS
        assert shown["message"].strip()
        assert "\x00" not in shown["message"]


@pytest.mark.parametrize("name", CLONES)
@given(inputs=st.lists(TYPED, max_size=14))
@settings(max_examples=25)
def test_a_clone_always_shows_a_screen_that_fits(
    site: Site, name: str, inputs: Sequence[str]
) -> None:
    number = next(_numbers)
    typed: list[str] = []
    for one in ["", *inputs]:
        typed += [one] if one else []
        answer = _call(site, name, number, "*".join(typed)[:1000])
        assert answer.status_code == 200
        word, _, text = answer.data.decode().partition(" ")
        assert word in ("CON", "END")
        assert units_of(text) <= SCREEN_UNITS


@given(st.lists(st.tuples(st.integers(0, 2), KEYS), max_size=20))
@settings(max_examples=15)
def test_dialogues_that_run_side_by_side_are_as_if_alone(moves: list[tuple[int, str]]) -> None:
    together, alone = Site(), [Site() for _ in range(3)]
    steps = [0, 0, 0]
    for which, key in [*((one, BILL_ID) for one in range(3)), *moves]:
        told = {
            "session_id": "one id for all",
            "phone": f"0912000000{which}",
            "event": "input" if steps[which] else "new",
            "input": key if steps[which] else "",
            "sequence": steps[which],
        }
        steps[which] += 1
        assert together.step(**told).data == alone[which].step(**told).data


def _call(site: Site, name: str, number: int, text: str) -> TestResponse:
    values = (f"any-{number}", f"+98935{number % 10**7:07d}", "*1521#", text)
    fields = dict(zip(CLONES[name], values, strict=True))
    return site.client.post(f"/ussd/{name}/a-secret", data=fields)
