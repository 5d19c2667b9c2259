"""All looks together: each bounded, each apart from the others."""

from collections.abc import Mapping, Sequence

from sms_service.commands.doctor.database import of_agreement, of_server, of_work
from sms_service.commands.doctor.files import of_folders, of_installation, of_time_zone
from sms_service.commands.doctor.gateway import of_gateways
from sms_service.commands.doctor.redis import of_broker, of_redis
from sms_service.commands.doctor.settings import of_settings, read_settings
from sms_service.service.health import Finding, Mark
from sms_service.service.probing import Look, Probes
from sms_service.settings.addresses import AmqpAddress
from sms_service.wiring import Parts

_LOOK_SECONDS = 5.0
_STATEMENT_SECONDS = 3.0
_OF_DATABASE = ("work", "agreement")
"""Looks that can tell nothing while the database is away or has another schema."""


def examine(environ: Mapping[str, str], *, ask_gateways: bool = False) -> Sequence[Finding]:
    """Everything that was found, what is wrong with the settings first. Never raises."""
    read = read_settings(environ)
    settings = read.settings
    parts = Parts(settings, statement_seconds=_STATEMENT_SECONDS)
    looks: dict[str, Look] = {
        "settings": lambda: of_settings(read),
        "installation": of_installation,
        "time zone": of_time_zone,
        "folders": lambda: of_folders(settings),
        "database": lambda: of_server(parts.engine),
        "work": lambda: of_work(parts),
        "agreement": lambda: of_agreement(parts),
    }
    cache, broker = settings.redis, settings.broker
    if cache is not None:
        looks["redis"] = lambda: of_redis(cache)
    if isinstance(broker, AmqpAddress):
        looks["broker"] = lambda: of_broker(settings, broker)
    if ask_gateways:
        looks["gateways"] = lambda: of_gateways(settings)
    try:
        return _told(Probes(looks, _LOOK_SECONDS).examine())
    finally:
        parts.close()


def _told(found: Sequence[Finding]) -> Sequence[Finding]:
    """Without what only says again that the database, or its schema, isn't there."""
    is_away = any(one.mark is Mark.WRONG for one in found if one.name in ("database", "schema"))
    return [one for one in found if not (is_away and one.name in _OF_DATABASE)]
