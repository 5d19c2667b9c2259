"""Every setting that is wrong, missing or unsafe, told at once; a process stops at the first."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from sms_service.service.health import Finding, warning, well, wrong
from sms_service.settings import Settings, SettingsError, load_settings
from sms_service.settings.keys import parse_keys
from sms_service.settings.safety import refuse_what_is_unsafe, warnings_of
from sms_service.settings.values import ACCOUNTS, SOURCES

_SEE = "see docs/reference/settings.md and the environment of the service"
_DRAW = "deploy/make-secrets.sh draws secrets"
_FEWEST_BYTES = 12
"""Different ones among the 32 of a key: of a million that were drawn not one has fewer."""
_WELL_KNOWN = frozenset({"postgres", "password", "changeme", "change-me", "sms_service"})
_GIVEN_AS = {"broker_url": ("REDIS_URL", "CELERY_BROKER_URL")}
_OF_ALL = ("data_keys", "hash_key", "broker_url")
_OF_WEB = (*_OF_ALL, "secret_key", "webhook_secrets")


@dataclass(frozen=True, slots=True)
class Read:
    """The settings without whatever is wrong with them."""

    settings: Settings
    environ: Mapping[str, str]
    """The environment, without the same."""
    faults: Sequence[Finding]
    """What is wrong with what was left out."""
    left_out: frozenset[str]
    """The names of those settings."""


def read_settings(environ: Mapping[str, str]) -> Read:
    """As much as can be read. Never raises."""
    usable, faults, left_out = dict(environ), list[Finding](), set[str]()
    while True:
        try:
            settings = load_settings(usable)
            refuse_what_is_unsafe(settings, usable)
        except SettingsError as error:
            faults.append(wrong("settings", str(error), _SEE))
            name = _leave_out(usable, str(error))
            if name is None:
                return Read(load_settings({}), {}, faults, frozenset(usable))
            left_out.add(name)
        else:
            return Read(settings, usable, faults, frozenset(left_out))


def _leave_out(usable: dict[str, str], fault: str) -> str | None:
    """Take the setting away that a fault names first, and name it; None where none can be."""
    name = fault.replace(":", " ").split()[0].removesuffix("_FILE")
    given = [one for one in (f"{name}_FILE", name) if one in usable]
    for one in given:
        del usable[one]
    return name if given else None


def of_settings(read: Read) -> list[Finding]:
    """What is wrong with the settings, alone and for each kind of process."""
    settings = read.settings
    found = [
        *read.faults,
        *(warning("settings", said, _SEE) for said in warnings_of(settings, read.environ)),
        *_of_drawn(settings),
        *_of_role("web", read, _missing(read, _OF_WEB)),
        *_of_role("workers and beat", read, _missing(read, _OF_ALL) + _missing_of_ways(read)),
    ]
    if "DATABASE_URL" not in read.environ and "DATABASE_URL_FILE" not in read.environ:
        said = "DATABASE_URL isn't set: a SQLite file under var/ is used"
        found.append(warning("settings", said, "name the database, on a server PostgreSQL"))
    if not read.faults:
        found.append(well("settings", "every setting that is given can be read"))
    return found + _of_proxies(settings)


def _of_drawn(settings: Settings) -> list[Finding]:
    """Keys and passwords that somebody typed, or left as they came."""
    keys = parse_keys([key.get_secret_value() for key in settings.data_keys])
    found = [
        wrong("settings", f"DATA_KEYS: key {version} was not drawn", _DRAW)
        for version, key in keys.items()
        if len(set(key)) < _FEWEST_BYTES
    ]
    with suppress(ArgumentError):
        password = make_url(settings.database_url.get_secret_value()).password
        if password is not None and (len(str(password)) < 8 or str(password) in _WELL_KNOWN):
            said = "DATABASE_URL: its password is short or well known"
            found.append(warning("settings", said, "let ALTER ROLE … PASSWORD change it"))
    return found


def _of_role(role: str, read: Read, missing: Sequence[str]) -> list[Finding]:
    if missing:
        said = f"{role} won't start: " + "; ".join(missing)
        return [wrong("settings", said, f"set what is missing; {_DRAW}")]
    return [] if read.faults else [well("settings", f"{role} can start with these")]


def _missing(read: Read, names: Sequence[str]) -> list[str]:
    """Those that nobody gave; what was given and left out is told already."""
    wanted = (
        name for name in names if not read.left_out & set(_GIVEN_AS.get(name, (name.upper(),)))
    )
    checks = (partial(read.settings.require, name) for name in wanted)
    return [said for check in checks if (said := _said(check))]


def _missing_of_ways(read: Read) -> list[str]:
    settings = read.settings
    said = [_said(settings.require_gateways), _said(settings.require_sources)]
    of_gateways = [name for one in settings.gateways for name in ACCOUNTS.get(one, ())]
    of_sources = [name for one in settings.billing_sources for name in SOURCES.get(one, ())]
    every = _missing(read, of_gateways + of_sources)
    return [*every, *(one for one in said if one and one not in every)]


def _said(check: Callable[[], None]) -> str | None:
    try:
        check()
    except SettingsError as error:
        return str(error)
    return None


def _of_proxies(settings: Settings) -> list[Finding]:
    if settings.trusted_proxies:
        said = f"{settings.trusted_proxies} proxies are believed about who calls"
        return [well("proxies", said)]
    remedy = "behind nginx set TRUSTED_PROXIES=1; else all callers look like one to the throttle"
    return [
        warning("proxies", "TRUSTED_PROXIES is 0: callers' addresses are those of peers", remedy)
    ]
