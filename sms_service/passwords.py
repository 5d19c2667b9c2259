"""How passwords are hashed: argon2id, whether a page or the command line sets them."""

from collections.abc import Mapping

from passlib.context import CryptContext

from sms_service.service.people import normal

SCHEME = "argon2"
COSTS: Mapping[str, int] = {
    "argon2__memory_cost": 19_456,
    "argon2__time_cost": 2,
    "argon2__parallelism": 1,
}
"""OWASP's least: 19 MiB and some 16 ms a try; sixteen threads at once take 300 MiB."""

_context = CryptContext(schemes=[SCHEME], **COSTS)


def hashed(password: str) -> str:
    """What is kept of a password."""
    made: str = _context.hash(normal(password))
    return made


def matches(password: str, kept: str) -> bool:
    """Whether it is the password of which this was kept."""
    return bool(_context.verify(normal(password), kept))


_NOBODY = hashed("nobody has this password")


def waste() -> None:
    """Take as long as ``matches`` does, for a user who isn't there."""
    matches("nor does anybody else", _NOBODY)
