"""Something on every page of the desk, and where each page is."""

from collections.abc import Mapping
from dataclasses import dataclass

from playwright.sync_api import FilePayload, expect

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
}
"""Pieces, files, ways to other pages: what they hold is seen on the pages themselves."""


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
    own = {
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
