"""What is well and what isn't, said in one form by /readyz and by ``sms-service doctor``.

Each function judges facts that somebody else gathered. What is said goes to machines and
administrators, so it is plain English and holds no address, secret, phone or bill ID.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum, StrEnum, auto

from sms_service.domain.states import LaneState
from sms_service.service.lane_health import Health
from sms_service.service.lanes import EVERY_LANE

QUIET_SECONDS = 60.0
"""Longer without a tick, workers or beat have stopped: both tick every few seconds."""
MOST_SKEW_SECONDS = 2.0
"""Clocks of hosts that are further apart aren't synchronised."""
_UPGRADE = "run `sms-service db upgrade` (docs/how-to/upgrading.md)"


class Mark(StrEnum):
    """How something is, from good to bad."""

    OK = "ok"
    WARNING = "warning"
    """Texts are answered all the same; somebody should look."""
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found of one thing."""

    name: str
    mark: Mark
    said: str
    """One sentence without its full stop."""
    remedy: str = ""
    """What to do about it; empty where all is well."""


def well(name: str, said: str) -> Finding:
    """Nothing is to be done."""
    return Finding(name, Mark.OK, said)


def warning(name: str, said: str, remedy: str) -> Finding:
    """Somebody should look."""
    return Finding(name, Mark.WARNING, said, remedy)


def wrong(name: str, said: str, remedy: str) -> Finding:
    """Somebody must do something."""
    return Finding(name, Mark.WRONG, said, remedy)


def worst(findings: Sequence[Finding]) -> Mark:
    """The worst mark of them all; OK when there are none."""
    order = list(Mark)
    return max((finding.mark for finding in findings), key=order.index, default=Mark.OK)


class Standing(Enum):
    """How the database's schema stands to the one that this release wants."""

    AT_HEAD = auto()
    EMPTY = auto()
    OLDER = auto()
    NEWER = auto()
    """A later release has upgraded it: expand steps leave this one working."""
    FOREIGN = auto()
    """A revision that is none of ours."""


@dataclass(frozen=True, slots=True)
class Schema:
    """The database's revision beside this release's."""

    standing: Standing
    found: str | None
    wanted: str


def of_schema(schema: Schema) -> Finding:
    """The name is ``schema``."""
    found, wanted = f"schema {schema.found}", f"this release wants {schema.wanted}"
    match schema.standing:
        case Standing.AT_HEAD:
            return well("schema", f"{found}, as this release wants it")
        case Standing.EMPTY:
            return wrong("schema", f"the database has no schema yet; {wanted}", _UPGRADE)
        case Standing.OLDER:
            return wrong("schema", f"{found} is old: {wanted}", _UPGRADE)
        case Standing.NEWER:
            remedy = "finish the upgrade: install the new release on this host too"
            return warning("schema", f"{found} is of a later release: {wanted}", remedy)
        case Standing.FOREIGN:
            remedy = "see DATABASE_URL: this is another application's database"
            return wrong("schema", f"{found} is none of this service's; {wanted}", remedy)


def of_ticks(seconds_ago: Mapping[str, float]) -> list[Finding]:
    """Worker and beat, by the seconds since each last ticked; ``worker`` and ``beat``."""
    remedies = {
        "worker": "start the worker process and see its log: texts are taken, not answered",
        "beat": "start the beat process and see its log; workers tick for themselves meanwhile",
    }
    marks = {"worker": wrong, "beat": warning}
    found = []
    for name, remedy in remedies.items():
        ago = seconds_ago.get(name)
        if ago is None:
            found.append(marks[name](name, "it has never ticked", remedy))
        elif ago > QUIET_SECONDS:
            found.append(marks[name](name, f"its last tick was {ago:.0f} s ago", remedy))
        else:
            found.append(well(name, f"its last tick was {max(ago, 0.0):.0f} s ago"))
    return found


def of_lanes(order: Sequence[str], known: Mapping[str, Health]) -> Finding:
    """Whether some gateway may be handed texts now; the name is ``lanes``."""
    see = "see `sms-service gateway lanes`, or the desk's page of gateways"
    every = known.get(EVERY_LANE)
    if every is not None and every.state is LaneState.HELD:
        return wrong("lanes", "somebody holds all sending", f"{see}, and release it")
    healths = [known.get(name, Health(name)) for name in order]
    unusable = [one for one in healths if one.rest_seconds > 0 or one.state is LaneState.HELD]
    told = ", ".join(f"{one.gateway} is {_said(one)}" for one in unusable)
    if healths and len(unusable) == len(healths):
        return wrong("lanes", f"no gateway may be used now: {told}", see)
    if unusable:
        return warning("lanes", f"others carry the texts: {told}", see)
    return well("lanes", f"every gateway may be used: {', '.join(order)}")


def _said(health: Health) -> str:
    state = str(health.state).replace("_", " ")
    return f"{state} ({health.reason})" if health.reason else state


def of_data(as_of: date | None, today: date, old_after_days: int) -> Finding:
    """The age of the imported bills; the name is ``data``."""
    if as_of is None:
        remedy = "import the bills: `sms-service billing import` (docs/how-to/imports.md)"
        return warning("data", "no bills were ever imported", remedy)
    days = (today - as_of).days
    said = f"the bills are of {days} days ago"
    if days > old_after_days:
        remedy = f"import newer ones; answers call them old after {old_after_days} days"
        return warning("data", said, remedy)
    return well("data", said)


def of_clock(name: str, whose: str, ahead_seconds: float) -> Finding:
    """Another clock beside this host's; ``ahead_seconds`` may be negative."""
    said = f"{whose}'s clock and this host's are {abs(ahead_seconds):.1f} s apart"
    if abs(ahead_seconds) > MOST_SKEW_SECONDS:
        return wrong(name, said, "synchronise both with NTP (timedatectl, chronyc tracking)")
    return well(name, said)
