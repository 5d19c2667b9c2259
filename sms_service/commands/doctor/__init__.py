"""``sms-service doctor``: what is wrong here, and what to do about it."""

import json
from collections import Counter
from dataclasses import asdict

import click

from sms_service import __version__
from sms_service.commands.doctor.examination import examine
from sms_service.release import this_release
from sms_service.service.health import Finding, Mark, worst
from sms_service.wiring import environment

_SIGNS = {Mark.OK: "ok     ", Mark.WARNING: "warning", Mark.WRONG: "WRONG  "}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One object with all that was found.")
@click.option(
    "--gateway", "ask_gateways", is_flag=True, help="Ask the gateways, too; sends nothing."
)
def doctor(as_json: bool, ask_gateways: bool) -> None:
    """Look at settings, files, database, Redis, workers and gateways; exit 1 when some are wrong.

    Run it as the service's user, with the service's environment. No secret is shown.
    """
    found = examine(environment(), ask_gateways=ask_gateways)
    mark = worst(found)
    if as_json:
        told = {"mark": mark, "release": asdict(this_release(__version__))}
        findings = [{k: v for k, v in asdict(one).items() if v} for one in found]
        click.echo(json.dumps({**told, "findings": findings}, ensure_ascii=False))
    else:
        for one in found:
            _show(one)
        counts = Counter(one.mark for one in found)
        click.echo(", ".join(f"{counts[kind]} {kind.value}" for kind in Mark))
    if mark is Mark.WRONG:
        click.get_current_context().exit(1)


def _show(finding: Finding) -> None:
    click.echo(f"{_SIGNS[finding.mark]}  {finding.name}: {finding.said}")
    if finding.remedy:
        click.echo(f"         -> {finding.remedy}")
