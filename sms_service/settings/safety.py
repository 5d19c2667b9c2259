"""Settings with which nobody should run the service: refused, or warned of, in a line each."""

import re
import stat
from collections.abc import Iterator, Mapping
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import SecretStr

from sms_service.settings import Settings, SettingsError

SHORTEST: Mapping[str, int] = {
    "secret_key": 32,
    "hash_key": 32,
    "webhook_secrets": 20,
    "metrics_token": 20,
}
"""Characters; ``secrets.token_urlsafe(32)`` makes 43."""
_FEWEST_KINDS = 8
"""A secret of fewer different characters was typed, not drawn."""
_IN_A_PATH = re.compile(r"[A-Za-z0-9._~-]+")
_YES = re.compile(r"1|true|t|yes|y|on", re.IGNORECASE)


def refuse_what_is_unsafe(settings: Settings, environ: Mapping[str, str]) -> None:
    """Raise SettingsError, one line, for the first setting that a process mustn't start with.

    ``environ`` is the environment that the settings came from.
    """
    for fault in _faults(settings, environ):
        raise SettingsError(fault)


def warnings_of(settings: Settings, environ: Mapping[str, str]) -> list[str]:
    """What an administrator should know of these settings, a line each."""
    told = [
        f"{name}_FILE: everybody on this machine may read it"
        for name, mode in _files(environ)
        if mode & stat.S_IROTH and _is_secret(name) and not _is_handed_in(environ[f"{name}_FILE"])
    ]
    if settings.today and not settings.simulator:
        told.append("TODAY is set: every answer is as of that day")
    if settings.simulator:
        told.append("SIMULATOR is on: anybody who reaches the phone page may text and order faults")
    for name in ("kavenegar_base_url", "kannel_sendsms_url", "saapa_base_url"):
        address = getattr(settings, name)
        if address and urlsplit(address).scheme == "http" and not _is_here(address, settings):
            told.append(f"{name.upper()}: what is sent there, secrets too, can be read on the way")
    return told


def _faults(settings: Settings, environ: Mapping[str, str]) -> Iterator[str]:
    for name in SHORTEST:
        for secret in _secrets(settings, name):
            yield from _faults_of_secret(name, secret)
    if _same(settings.secret_key, settings.hash_key):
        yield "HASH_KEY: must differ from SECRET_KEY"
    if _YES.fullmatch(environ.get("FLASK_DEBUG", "")):
        yield "FLASK_DEBUG: must not be set; its pages show the inside to strangers"
    if settings.simulator:
        yield from _faults_of_simulator(settings)
    for name, mode in _files(environ):
        if mode & stat.S_IWOTH and _is_secret(name):
            yield f"{name}_FILE: everybody on this machine may write it"


def _faults_of_secret(name: str, secret: str) -> Iterator[str]:
    said = name.upper()
    if len(secret) < SHORTEST[name]:
        yield f"{said}: has {len(secret)} characters, {SHORTEST[name]} are needed"
    if len(set(secret)) < _FEWEST_KINDS:
        yield f"{said}: has too few different characters for a secret"
    if name == "webhook_secrets" and not _IN_A_PATH.fullmatch(secret):
        yield f"{said}: stands in an address, and may have letters, digits and . _ ~ - only"


def _faults_of_simulator(settings: Settings) -> Iterator[str]:
    addresses = {"kavenegar": "kavenegar_base_url", "kannel": "kannel_sendsms_url"}
    for gateway in settings.gateways:
        name = addresses.get(gateway, "")
        address = getattr(settings, name, None)
        if address and not _is_here(address, settings):
            yield f"SIMULATOR: must be off where {name.upper()} is a real gateway's"


def _is_here(address: str, settings: Settings) -> bool:
    """Whether it is on this machine, or where the simulated gateway is."""
    host = urlsplit(address).hostname or ""
    simulated = urlsplit(settings.simulator_url or "").hostname
    try:
        return host == simulated or ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _secrets(settings: Settings, name: str) -> list[str]:
    value = getattr(settings, name)
    given = value if isinstance(value, tuple) else (value,)
    return [one.get_secret_value() for one in given if one is not None]


def _same(one: SecretStr | None, other: SecretStr | None) -> bool:
    return one is not None and other is not None and one == other


def _files(environ: Mapping[str, str]) -> Iterator[tuple[str, int]]:
    """The settings that come from files, and who may do what with these."""
    for field in Settings.model_fields:
        name = field.upper()
        if path := environ.get(f"{name}_FILE"):
            yield name, Path(path).stat().st_mode


def _is_handed_in(path: str) -> bool:
    """Whether a container was handed it: within, nobody else is there to read it."""
    return path.startswith("/run/secrets/")


def _is_secret(name: str) -> bool:
    annotation = str(Settings.model_fields[name.lower()].annotation)
    return "SecretStr" in annotation
