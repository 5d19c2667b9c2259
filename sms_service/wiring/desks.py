"""The desk as the settings want it: its words, its style, whom it tells, and the limits."""

from collections.abc import Callable
from datetime import date

from sms_service.domain.calendar import jalali_of
from sms_service.domain.limits import Limits
from sms_service.language.compose import Composer, Style
from sms_service.language.context import Context
from sms_service.language.parse import Rules, load_vocabulary, parse
from sms_service.language.reading import Reading
from sms_service.service.desk import Desk
from sms_service.service.ports import BillingSource
from sms_service.settings import Settings
from sms_service.templates import templates_dir


def make_desk(
    settings: Settings,
    source: BillingSource,
    today: Callable[[], date],
    composer: Composer | None = None,
) -> Desk:
    """The desk over this source of histories; it composes texts unless told otherwise."""
    folder = templates_dir() / "sms"
    words = load_vocabulary((folder / "vocabulary.toml").read_text("utf-8"))
    company, years = settings.company_code, settings.default_years

    def read(text: str, context: Context, today: date) -> Reading:
        return parse(text, context, Rules(jalali_of(today), company, years, words))

    registered_only = settings.access_policy == "registered"
    style = style_of(settings)
    composer = composer or Composer.load(folder)
    return Desk(source, read, composer, style, today, registered_only)


def limits_of(settings: Settings) -> Limits:
    """How much a phone may get, and all phones about one bill."""
    return Limits(
        settings.phone_daily_answers,
        settings.phone_daily_parts,
        settings.bill_daily_answers,
        settings.misses_per_hour,
    )


def style_of(settings: Settings) -> Callable[[date], Style]:
    """How the company wants its answers to look, by the day."""

    def style(today: date) -> Style:
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

    return style
