"""The parts of one run of the command line."""

import getpass

import click

from sms_service.logs import set_up_logs
from sms_service.service.auditing import Actor
from sms_service.settings import Settings, load_settings
from sms_service.wiring import Parts, environment

_HOURS = 6 * 3600.0


def parts_of_this_run(settings: Settings | None = None) -> Parts:
    """Parts for these settings, else the environment's; closed when the verb ends."""
    settings = settings or load_settings(environment())
    set_up_logs(settings)
    parts = Parts(settings)
    click.get_current_context().call_on_close(parts.close)
    return parts


def settings_of_this_run() -> Settings:
    """The environment's settings, for a verb that needs no database."""
    return load_settings(environment())


def patient_parts_of_this_run() -> Parts:
    """The same for what goes through whole tables: a statement may take hours."""
    parts = Parts(load_settings(environment()), statement_seconds=_HOURS)
    click.get_current_context().call_on_close(parts.close)
    return parts


def actor_of_this_run() -> Actor:
    """Whoever runs the command: who may, may do all that it does."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):  # a container's user has no name
        name = "unknown"
    return Actor(f"cli:{name}")
