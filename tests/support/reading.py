"""How the tests read a text: on one day, for one company, with the shipped vocabulary."""

from typing import Final

from sms_service.domain.calendar import JalaliDay
from sms_service.language.context import Context
from sms_service.language.parse import Rules, load_vocabulary, parse
from sms_service.language.reading import Reading
from sms_service.templates import templates_dir

OURS: Final = "1234567804423"
"""A bill ID of the company."""
RULES: Final = Rules(
    today=JalaliDay(1405, 9, 2),
    company_code="044",
    default_years=1,
    vocabulary=load_vocabulary(
        (templates_dir() / "sms" / "vocabulary.toml").read_text(encoding="utf-8")
    ),
)


def read(text: str) -> Reading:
    """The text as read from a phone of which nothing is known."""
    return parse(text, Context(), RULES)
