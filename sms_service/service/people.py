"""Who may be a user and with which password, and how long wrong ones keep the door shut."""

import re
import secrets
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise

from sms_service.domain.roles import Ability, Role, abilities

USERNAME = re.compile(r"[a-z][a-z0-9._-]{2,31}")
SHORTEST, LONGEST = 10, 128
"""Characters of a password."""
TRIES = 5
"""Wrong passwords or codes before the door shuts."""
_FIRST_LOCK_SECONDS, _LONGEST_LOCK_SECONDS = 15 * 60, 24 * 3600
_FEWEST_KINDS = 5
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Nothing that is mistaken for something else when it is read out."""
_COMMON_WORDS = (
    "abc abcd abcde access admin administrator asdf asdfgh asdfghjkl auditor barq bargh barghqom "
    "baseball batman changeme default dragon football hello iloveyou iran iranian letmein login "
    "master monkey operator p passw passwd password passwordpassword pass princess qazwsx "
    "qazwsxedc qom qwer qwerty qwertyuiop qwertyuiopasdfghjkl ramz root salam secret sepah "
    "shadow starwars sunshine superman supervisor tehran test testtest trustno user welcome "
    "zaqxsw zxcv zxcvbn zxcvbnm"
)
_COMMON = frozenset(_COMMON_WORDS.split())
"""What remains of a common password without its digits and signs."""
_LETTER = re.compile(r"[^\d\W_]")
_SPELT = str.maketrans("0134578@$!", "oieastbasi")


@dataclass(frozen=True, slots=True)
class Person:
    """A user, as others may see them."""

    id: int
    username: str
    name: str
    email: str | None
    active: bool
    roles: frozenset[Role]
    has_second_factor: bool
    recovery_codes: int
    must_change_password: bool
    failed_logins: int
    locked_until: datetime | None
    """None while no lock is on."""
    seen_at: datetime | None
    """When they signed in last."""
    created_at: datetime

    def may(self, ability: Ability) -> bool:
        """Whether their roles allow that."""
        return ability in abilities(self.roles)


@dataclass(frozen=True, slots=True)
class NewPerson:
    """A user who is to be made."""

    username: str
    roles: frozenset[Role]
    password_hash: str = field(repr=False)
    name: str = ""
    email: str | None = None
    must_change_password: bool = True


@dataclass(frozen=True, slots=True)
class SecondFactor:
    """What makes a user's codes, and what stands in for a lost phone."""

    secret: str = field(repr=False)
    """Sealed."""
    step: int
    """The step of the code by which it was confirmed; it isn't taken again."""
    recovery_codes: Sequence[str] = field(repr=False)
    """Hashed."""


class NoSuchUser(Exception):
    """There is no user of this name."""


class NameTaken(Exception):
    """There is a user of this name, or with this address, already."""


class LastAdmin(Exception):
    """Nobody would be left to look after the users."""


def username_of(written: str) -> str | None:
    """The username that was meant; None where it can't be one."""
    name = written.strip().lower()
    return name if USERNAME.fullmatch(name) else None


def normal(password: str) -> str:
    """The one form of a password in which it is hashed: keyboards differ in how they compose."""
    return unicodedata.normalize("NFKD", password)


def password_fault(password: str, username: str) -> str | None:
    """Why this may not be the user's password: short, long, username, common; None: it may."""
    password = normal(password)
    if len(password) < SHORTEST:
        return "short"
    if len(password) > LONGEST:
        return "long"
    lowered = password.casefold()
    if username.casefold() in lowered:
        return "username"
    return "common" if _is_common(lowered) else None


def _is_common(lowered: str) -> bool:
    kinds = len(set(lowered))
    steps = {ord(b) - ord(a) for a, b in pairwise(lowered)}
    if kinds < _FEWEST_KINDS or steps <= {1, -9} or steps <= {-1, 9}:
        return True
    letters = [found.start() for found in _LETTER.finditer(lowered)]
    word = lowered[letters[0] : letters[-1] + 1] if letters else ""
    cores = {"".join(filter(str.isalpha, spelt)) for spelt in (word, word.translate(_SPELT))}
    # Nothing but digits and signs is a date or a phone.
    return not word or not cores.isdisjoint(_COMMON)


def random_password() -> str:
    """A password of 80 bits that can be read out: four groups of four."""
    groups = ("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(4))
    return "-".join(groups)


def lock_seconds(failures: int) -> int:
    """How long the door shuts after so many failures in a row; 0: it doesn't.

    A quarter of an hour after five, twice as long after each five more, a day at most.
    """
    if failures < TRIES or failures % TRIES:
        return 0
    doubled = min(failures // TRIES - 1, 16)
    return min(_FIRST_LOCK_SECONDS << doubled, _LONGEST_LOCK_SECONDS)


def needs_second_factor(policy: str, roles: Sequence[Role] | frozenset[Role]) -> bool:
    """Whether these roles need one by the policy: off, privileged or all."""
    privileged = bool({Role.SUPERVISOR, Role.ADMIN} & set(roles))
    return policy == "all" or (policy == "privileged" and privileged)
