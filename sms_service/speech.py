"""How texts are read and answered, as the settings say."""

from collections.abc import Callable
from datetime import date

from sms_service.domain.calendar import jalali_of
from sms_service.language.compose import Style
from sms_service.language.context import Context
from sms_service.language.parse import Rules, load_vocabulary, parse
from sms_service.language.reading import Reading
from sms_service.settings import Settings
from sms_service.templates import templates_dir


def reader(settings: Settings) -> Callable[[str, Context, date], Reading]:
    """Reads a text as of a day."""
    words = load_vocabulary((templates_dir() / "sms" / "vocabulary.toml").read_text("utf-8"))
    company, years = settings.company_code, settings.default_years

    def read(text: str, context: Context, today: date) -> Reading:
        return parse(text, context, Rules(jalali_of(today), company, years, words))

    return read


def style(settings: Settings, today: date) -> Style:
    """How answers look on a day."""
    return Style(
        today=today,
        max_parts=settings.max_parts,
        money_unit=settings.money_unit,
        digits=settings.digits,
        suffix=settings.text_suffix,
        latin_suffix=settings.text_suffix_latin,
        company_name=settings.company_name,
        latin_company_name=settings.company_name_latin,
        support_phone=settings.support_phone,
        data_old_after_days=settings.data_old_after_days,
        default_years=settings.default_years,
    )
