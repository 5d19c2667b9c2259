"""The command line: ``sms-service <verb>``. Exit 0 done, 1 failed, 2 usage."""

import importlib
import sys

import click
from sqlalchemy.exc import SQLAlchemyError

from sms_service import __version__
from sms_service.service.ports import SourceDown
from sms_service.settings import SettingsError

_VERBS = {
    "audit": "See who did what; check that nobody has changed it since.",
    "billing": "Bring in bills, payments and branches; see what is there.",
    "db": "Prepare the database; copy it, bring it back.",
    "demo": "Run everything here and watch texts being answered.",
    "doctor": "See what is wrong here, and what to do about it.",
    "gateway": "See how the gateways' lanes do.",
    "keys": "Make encryption keys, and seal old data with the newest.",
    "metrics": "Tell the figures of this host, once or to Prometheus.",
    "reply": "Show what a text would be answered with; sends nothing.",
    "requests": "See what became of a request, hop by hop.",
    "retention": "Erase what is older than RETENTION_DAYS.",
    "serve": "Run the web process.",
    "sla": "See how the agreement is kept; close its months.",
    "tokens": "Make, list and revoke the tokens of programs.",
    "users": "Make and change the users of the operator's desk.",
    "ussd": "Dial the menus from a terminal.",
}


class _Verbs(click.Group):
    """Loads a verb's module only when it is used: ``--help`` stays quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(_VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _VERBS:
            return None
        command: click.Command = getattr(
            importlib.import_module(f"sms_service.commands.{cmd_name}"), cmd_name
        )
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Verbs"):
            formatter.write_dl(sorted(_VERBS.items()))


@click.group(cls=_Verbs)
@click.version_option(__version__, prog_name="sms-service")
def app() -> None:
    """Electricity bills, consumption and payments by text message."""


def main() -> None:
    """Run a verb; every failure is one line on standard error, never a traceback."""
    try:
        app.main(prog_name="sms-service")
    except SettingsError as error:
        _fail(str(error))
    except SourceDown as error:
        said = f" ({error})" if str(error) else ""
        _fail(f"the bills can't be read{said}; see DATABASE_URL and `sms-service db upgrade`")
    except SQLAlchemyError as error:
        _fail(f"the database can't be used ({type(error).__name__}); see DATABASE_URL")


def _fail(message: str) -> None:
    click.echo(f"sms-service: {message}", err=True)
    sys.exit(1)
