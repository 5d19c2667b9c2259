"""How a company wants its answers to look."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from sms_service.domain.money import Unit
from sms_service.language.parts import GSM7_AS_BILLED, UCS2, Encoding
from sms_service.language.reading import Script


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
    latin_suffix: str = ""
    """The same for answers in Latin letters."""
    script: Script = Script.PERSIAN
    company_name: str = "برق قم"
    latin_company_name: str = "Bargh Qom"
    support_phone: str = "1521"
    data_old_after_days: int = 45
    default_years: int = 1
    """How many years before this one a history begins when no year was typed."""

    def in_script(self, script: Script) -> "Style":
        """The same choices for answers in these letters."""
        return self if script is self.script else replace(self, script=script)

    @property
    def encoding(self) -> Encoding:
        """What a text of this script is planned by."""
        return UCS2 if self.script is Script.PERSIAN else GSM7_AS_BILLED

    @property
    def ending(self) -> str:
        """The last line of every text, perhaps empty."""
        return self.suffix if self.script is Script.PERSIAN else self.latin_suffix

    @property
    def company(self) -> str:
        """The company's name in these letters."""
        return self.company_name if self.script is Script.PERSIAN else self.latin_company_name
