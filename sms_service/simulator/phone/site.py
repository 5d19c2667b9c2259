"""What every view of the page works with: the handset in the browser, the servers around it."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from flask import Request, abort, current_app, g, render_template, request

from sms_service.domain.msisdn import mobile, national
from sms_service.language.parts import GSM7, UCS2, count
from sms_service.settings import Settings, SettingsError
from sms_service.simulator.kavenegar.harness import KavenegarControl
from sms_service.simulator.phone.backstage import Backstage
from sms_service.simulator.phone.dialling import DIALECTS, UssdGateway
from sms_service.simulator.phone.faults import FaultMenu, OwnFaults, fault_menu
from sms_service.simulator.saapa.remote import SaapaControl
from sms_service.templates import templates_dir
from sms_service.words import Words, load_words

PATH = "/simulator/"
LONGEST_TEXT = 2000
_SECONDS = (20, 180)
_NO_CODE = "*1521#"


@dataclass(frozen=True, slots=True)
class Handset:
    """The phone as its owner set it."""

    phone: str
    """E.164."""
    dialect: str
    seconds: int
    """How long its network keeps a dialogue."""

    @property
    def number(self) -> str:
        """As Iranian gateways write it."""
        return national(self.phone)


class BadPhone(Exception):
    """The number that was set for the handset isn't an Iranian mobile."""


def handset_of(asked: Request) -> Handset:
    """The handset that a request speaks of. Raises BadPhone, or aborts with 400."""
    phone = mobile(asked.values.get("phone", ""))
    if phone is None:
        raise BadPhone
    dialect = asked.values.get("dialect", "json")
    seconds = asked.values.get("seconds", _SECONDS[1], type=int)
    if dialect not in DIALECTS:
        abort(400)
    return Handset(phone, dialect, min(max(seconds, _SECONDS[0]), _SECONDS[1]))


def own_faults() -> OwnFaults:
    """The faults that the browser of this very request acts out."""
    if "own_faults" not in g:
        g.own_faults = OwnFaults(request)
    faults: OwnFaults = g.own_faults
    return faults


class Site:
    """The servers around the phone, and its words. Raises SettingsError without a simulator."""

    def __init__(self, settings: Settings, backstage: Backstage) -> None:
        if settings.simulator_url is None:
            raise SettingsError("SIMULATOR_URL is required")
        settings.require("webhook_secrets")
        self.gateway = KavenegarControl(settings.simulator_url)
        self.backstage = backstage
        self.line = settings.kavenegar_sender or settings.support_phone
        self.service_code = settings.ussd_code or _NO_CODE
        secret = settings.webhook_secrets[0].get_secret_value()
        self.ussd = UssdGateway(f"http://127.0.0.1:{settings.port}", secret)
        billing = settings.simulator_saapa_url
        self.faults: FaultMenu = fault_menu(
            self.gateway, SaapaControl(billing) if billing else None, own_faults
        )

    @cached_property
    def words(self) -> Mapping[str, Any]:
        """The page's own words and presets."""
        return tomllib.loads((templates_dir() / "simulator/phone.toml").read_text("utf-8"))

    @cached_property
    def states(self) -> Words:
        """The words for states, events and reasons."""
        return load_words(templates_dir() / "words" / "states.toml")

    def show(self, template: str, **facts: object) -> str:
        """A template of the page with the facts that all of them may need."""
        common = {"line": self.line, "service_code": self.service_code, "words": self.words}
        return render_template(f"phone/{template}", **common, **facts)

    def notice(self, said: str) -> str:
        """A few words on the phone's screen."""
        return self.show("lcd/notice.html", said=said)


def counted(text: str) -> dict[str, object]:
    """The size of a text as the counter shows it: what it takes, and what its parts hold."""
    size = count(text)
    encoding = GSM7 if size.encoding == GSM7.name else UCS2
    return {"count": size, "room": encoding.room(size.parts)}


def known_faults(site: Site) -> list[str]:
    """Names of the faults that are on; none where that can't be told now."""
    try:
        return site.faults.on()
    except (OSError, ValueError) as error:
        current_app.logger.warning("faults can't be told: %s", type(error).__name__)
        return []
