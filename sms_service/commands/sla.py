"""``sms-service sla``: how the agreement is kept, closing a month, working it out again."""

import json
from datetime import datetime
from typing import Any

import click

from sms_service.commands.days import jalali_text
from sms_service.commands.parts import actor_of_this_run, parts_of_this_run
from sms_service.domain.agreement import Month
from sms_service.service.agreement_csv import events_csv
from sms_service.service.agreement_months import AlreadyFrozen, NotOver, Unsure, told_month
from sms_service.service.agreement_report import Report, late, share, spared_share
from sms_service.wiring.agreement import AgreementParts


class JalaliMonth(click.ParamType[Month]):
    """A Jalali month such as 1405-09."""

    name = "jalali month"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Month:
        if isinstance(value, Month):
            return value
        try:
            return Month.read(value)
        except ValueError:
            self.fail("write it like 1405-09", param, ctx)


@click.group()
def sla() -> None:
    """See how the agreement is kept, and close its months."""


@sla.command()
@click.option("--month", type=JalaliMonth(), help="The Jalali month; this one when none is named.")
@click.option("--json", "as_json", is_flag=True, help="The whole report as one object.")
@click.option("--csv", "as_csv", is_flag=True, help="Each request of the month, a line each.")
def report(month: Month | None, as_json: bool, as_csv: bool) -> None:
    """Tell a month's figures: as frozen, or as they are now."""
    if as_json and as_csv:
        raise click.UsageError("choose one of --json and --csv")
    agreement = _agreement()
    wanted = month or agreement.months.this_month()
    if wanted > agreement.months.this_month():
        raise click.ClickException("this month hasn't begun")
    if as_csv:
        asked = agreement.months.wanted(wanted)
        for lines in events_csv(agreement.figures.requests(asked), asked):
            click.echo(lines, nl=False)
        return
    told = agreement.months.report(wanted)
    if as_json:
        click.echo(json.dumps(told_month(told), ensure_ascii=False, sort_keys=True))
        return
    for line in _lines(told):
        click.echo(line)


@sla.command()
@click.argument("month", type=JalaliMonth())
def freeze(month: Month) -> None:
    """Close a MONTH that is over, with the hash of what it rests on."""
    try:
        frozen = _agreement().months.freeze(month, actor_of_this_run())
    except NotOver:
        raise click.ClickException("this month isn't over yet") from None
    except AlreadyFrozen:
        raise click.ClickException("this month is frozen already") from None
    except Unsure as unsure:
        raise click.ClickException(f"two ways of counting differ: {unsure}") from None
    click.echo(f"{month}: {frozen.hash.hex()}")


@sla.command()
@click.argument("month", type=JalaliMonth())
def check(month: Month) -> None:
    """Work a frozen MONTH out again; exit 1 and name what differs when it isn't the same."""
    found = _agreement().months.differences(month)
    if found is None:
        raise click.ClickException("this month isn't frozen")
    if found:
        raise click.ClickException(f"{month} isn't as it was frozen: {', '.join(found)}")
    click.echo(f"{month}: the same")


@sla.command()
def status() -> None:
    """Tell today's share in time and how long the agreement goes on; exit 1 outside of any."""
    counts, validity = _agreement().months.today()
    click.echo(
        f"today: {_share(share(counts))} of {counts['counted']} in time, {late(counts)} late"
    )
    if validity.days_left is None:
        raise click.ClickException("no agreement holds today")
    click.echo(f"valid until {jalali_text(validity.until)}, {validity.days_left} days left")


def _agreement() -> AgreementParts:
    return AgreementParts(parts_of_this_run())


def _lines(told: Report) -> list[str]:
    evidence = told.get("evidence")
    state = f"frozen, {evidence['hash']}" if evidence else "live"
    as_of = datetime.fromisoformat(told["as_of"])
    lines = [f"{told['month']}: {state}, as of {as_of:%Y-%m-%d %H:%M:%S} UTC"]
    for piece in told["pieces"]:
        target = piece["target_ppm"]
        terms = "outside agreement" if target is None else f"target {_share(target / 1_000_000)}"
        lines.append(
            f"  {piece['first_day']} to {piece['last_day']}, {piece['within_ms'] / 1000:g} s,"
            f" {terms}: {_share(share(piece))} of {piece['counted']} in time, {late(piece)} late"
        )
        if piece["spared"]:
            lines.append(f"    without force majeure: {_share(spared_share(piece))}")
    lines += [f"  late, {cause}: {count}" for cause, count in told["causes"].items()]
    lines += [f"  apart, {kind}: {count}" for kind, count in told["apart"].items() if count]
    for name, clock in told["clocks"].items():
        if clock["count"]:
            lines.append(f"  {name}: {clock['p50']} / {clock['p95']} / {clock['p99']} ms")
    return lines


def _share(value: float | None) -> str:
    """Rounded down, so that no missed target looks met."""
    return "nothing" if value is None else f"{int(value * 1000 + 1e-9) / 10} %"
