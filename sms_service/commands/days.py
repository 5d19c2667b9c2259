"""Days on the command line: Jalali, as people of the company write them."""

from datetime import date
from typing import Any

import click

from sms_service.domain.calendar import gregorian_of, jalali_of


class JalaliDay(click.ParamType[date]):
    """A Jalali day such as 1405-09-02; its value is the Gregorian one."""

    name = "jalali day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        try:
            year, month, day = (int(part) for part in value.replace("/", "-").split("-"))
            return gregorian_of(year, month, day)
        except ValueError:
            self.fail("write it like 1405-09-02", param, ctx)


def jalali_text(day: date | None) -> str:
    """The day as 1405-09-02; a dash for none."""
    if day is None:
        return "-"
    jalali = jalali_of(day)
    return f"{jalali.year}-{jalali.month:02}-{jalali.day:02}"
