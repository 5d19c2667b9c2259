"""How a company wants its answers to look."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from sms_service.domain.money import Unit


@dataclass(frozen=True, slots=True)
class Style:
    """The company's choices, and the day on which an answer is read."""

    today: date
    max_parts: int = 4
    """No answer is longer, whatever was asked."""
    money_unit: Unit = "toman"
    digits: Literal["persian", "ascii"] = "persian"
    suffix: str = ""
    """A last line that the sending line demands, e.g. an opt-out word."""
    company_name: str = "برق قم"
    support_phone: str = "1521"
    data_old_after_days: int = 45
    default_years: int = 1
    """How many years before this one a history begins when no year was typed."""
