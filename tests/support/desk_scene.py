"""Something on every page of the desk, and where each page is."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from playwright.sync_api import FilePayload, expect
from sqlalchemy import update

from sms_service.database import writing
from sms_service.domain.calendar import jalali_of
from sms_service.domain.states import OutboundState
from sms_service.ledger.tables import outbound
from tests.support.access_table import rows
from tests.support.desk_page import DeskPage
from tests.support.desk_service import BILL_ID, DeskService
from tests.support.texting import Text
from tests.support.uploads import dirty_files

NOT_PAGES = {
    "/console/",
    "/console/static/<path:filename>",
    "/console/<path:_rest>",
    "/console/imports/under-way",
    "/console/imports/<int(max=9223372036854775807):upload_id>/progress",
    "/console/ops/credit",
    "/console/requests/<code>/live",
    "/console/sla/badge",
    "/console/find",
}
"""Pieces, files, ways to other pages: what they hold is seen on the pages themselves."""


_NOBODYS_BILL, _NOBODYS_PHONE = "1234567804423", "09129999999"


@dataclass(frozen=True, slots=True)
class Scene:
    """What happened before the pages are looked at."""

    code: str
    """Of a request that was answered and delivered."""
    text: Text
    pages: Mapping[str, str]
    """An address with something on it for each page, by its route."""


def set_scene(service: DeskService, keeper: DeskPage) -> Scene:
    """Text, ask at the counter and upload, then tell where all of it is to be seen."""
    code, text = service.delivered(f"{BILL_ID} 1404")
    bill, asked = service.bill_page(), _ask_at_the_counter(keeper)
    today = jalali_of(service.parts.today())
    month = f"/console/sla/{today.year}-{today.month:02}"
    own = {
        "/console/bulk/<int:number>": _choose_many(service, keeper),
        "/console/find/bill/<handle>": _find(keeper, _NOBODYS_BILL),
        "/console/find/phone/<token>": _find(keeper, _NOBODYS_PHONE),
        "/console/sla/<month>": month,
        "/console/sla/<month>/breaches": f"{month}/breaches",
        "/console/sla/<month>/opinions": f"{month}/opinions",
        "/console/counter/<code>": asked,
        "/console/counter/<code>/slip": f"{asked}/slip",
        "/console/requests/<code>": f"/console/requests/{code}",
        "/console/requests/<code>/resend": f"/console/requests/{code}/resend",
        "/console/phones/<handle>": service.phone_page(text),
        "/console/bills/<bill_id>": bill,
        "/console/bills/<handle>/links": f"{bill}/links",
        "/console/users/<username>": "/console/users/op-two",
        "/console/imports/<int(max=9223372036854775807):upload_id>": _upload(keeper),
    }
    pages = {row.path: own.get(row.path, row.address) for row in rows() if _is_page(*row.name)}
    return Scene(code, text, {**pages, "an address of nothing": "/console/no/such/page"})


def _ask_at_the_counter(keeper: DeskPage) -> str:
    keeper.open("/console/counter")
    keeper.page.fill("#f-bill_id", BILL_ID)
    keeper.page.check("#goes-shown")
    keeper.main.locator("form .btn-accent").first.click()
    keeper.page.wait_for_url("**/console/counter/*")
    return keeper.path


def _find(keeper: DeskPage, what: str) -> str:
    keeper.open("/console/overview").find(what)
    keeper.page.wait_for_url("**/console/find/**")
    return keeper.path


def _choose_many(service: DeskService, keeper: DeskPage) -> str:
    """A preview of what an outage left behind."""
    code, _ = service.delivered(f"{BILL_ID} 1405")
    lost = update(outbound).where(outbound.c.code == code).values(state=OutboundState.UNDELIVERED)
    with writing(service.engine) as connection:
        connection.execute(lost)
    keeper.open("/console/bulk/new")
    keeper.page.check("input[name=state][value=undelivered]")
    keeper.main.locator("form .btn-accent").first.click()
    keeper.page.wait_for_url(re.compile(r"/console/bulk/\d+$"))
    return keeper.path


def _upload(keeper: DeskPage) -> str:
    name, content = dirty_files()[0]
    keeper.open("/console/imports")
    file = FilePayload(name=name, mimeType="application/gzip", buffer=content)
    keeper.page.set_input_files("#f-files", [file])
    keeper.main.locator("form .btn-accent").first.click()
    keeper.page.wait_for_url("**/console/imports/*")
    expect(keeper.heading).to_be_visible()
    return keeper.path


def _is_page(method: str, path: str) -> bool:
    return method == "GET" and path.startswith("/console/") and path not in NOT_PAGES
