"""What may be a username and a password, and how long the door stays shut."""

import re

import pytest

from sms_service.domain.roles import Role
from sms_service.service.people import (
    TRIES,
    lock_seconds,
    needs_second_factor,
    normal,
    password_fault,
    random_password,
    username_of,
)


@pytest.mark.parametrize(
    ("written", "username"),
    [
        ("sara", "sara"),
        (" Sara.Rezaei ", "sara.rezaei"),
        ("s-1_x", "s-1_x"),
        ("sa", None),
        ("1sara", None),
        ("sara rezaei", None),
        ("سارا", None),
        ("x" * 33, None),
        ("sara\n", "sara"),
        ("sara\x00", None),
        ("../etc", None),
        ("", None),
    ],
)
def test_a_username_is_latin_lower_case_and_starts_with_a_letter(
    written: str, username: str | None
) -> None:
    assert username_of(written) == username


@pytest.mark.parametrize(
    ("password", "fault"),
    [
        ("short-one", "short"),
        ("x1-" * 50, "long"),
        ("my name is SARA now", "username"),
        ("password12", "common"),
        ("P@ssw0rd123!", "common"),
        ("!!qwertyuiop!!", "common"),
        ("barghqom1405", "common"),
        ("1234567890", "common"),
        ("0987654321", "common"),
        ("09121234567", "common"),
        ("aaaaaaaaaaaa", "common"),
        ("abababababab", "common"),
        ("abcdefghijkl", "common"),
        ("zyxwvutsrqpo", "common"),
        ("correct horse battery", None),
        ("kabab-va-doogh-7", None),
        ("سیب و گلابی و انار", None),
    ],
)
def test_a_password_is_long_and_hard_to_guess(password: str, fault: str | None) -> None:
    assert password_fault(password, "sara") == fault


def test_a_password_is_the_same_however_a_keyboard_composes_its_letters() -> None:
    assert normal("caf\u00e9") == normal("cafe\u0301")


def test_a_random_password_may_always_be_one() -> None:
    made = [random_password() for _ in range(500)]
    assert all(re.fullmatch(r"(?:[a-z2-9]{4}-){3}[a-z2-9]{4}", one) for one in made)
    assert {password_fault(one, "sara") for one in made} == {None}
    assert len(set(made)) == len(made)


def test_five_wrong_ones_shut_the_door_and_each_five_more_do_so_twice_as_long() -> None:
    minutes = [lock_seconds(failures) / 60 for failures in range(16)]
    assert minutes == [0, 0, 0, 0, 0, 15, 0, 0, 0, 0, 30, 0, 0, 0, 0, 60]


def test_no_lock_is_longer_than_a_day() -> None:
    assert lock_seconds(TRIES * 1000) == 24 * 3600


@pytest.mark.parametrize(
    ("policy", "roles", "needed"),
    [
        ("off", [Role.ADMIN], False),
        ("privileged", [Role.OPERATOR], False),
        ("privileged", [Role.AUDITOR], False),
        ("privileged", [Role.OPERATOR, Role.SUPERVISOR], True),
        ("privileged", [Role.ADMIN], True),
        ("all", [Role.AUDITOR], True),
        ("all", [], True),
    ],
)
def test_who_can_do_much_signs_in_with_a_code(policy: str, roles: list[Role], needed: bool) -> None:
    assert needs_second_factor(policy, roles) == needed
