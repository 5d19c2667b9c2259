"""The desk by keyboard alone, on narrow screens, in the dark, and as axe sees it."""

import pytest

from tests.e2e.desk.conftest import Seat
from tests.support.desk_scene import Scene


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_any_page(seat: Seat, scene: Scene, scheme: str) -> None:
    desk = seat("keeper", color_scheme=scheme, reduced_motion="reduce")
    found = {}
    for name, path in scene.pages.items():
        desk.open(path)
        found[name] = desk.violations()
    desk.complaints[:] = [one for one in desk.complaints if "404" not in one]
    assert [f"{name}: {what}" for name, each in found.items() for what in each] == []


def test_axe_finds_nothing_at_the_door(seat: Seat) -> None:
    for scheme in ("light", "dark"):
        door = seat(None, color_scheme=scheme, reduced_motion="reduce")
        assert door.open("/console/sign-in").violations() == []


@pytest.mark.parametrize(
    "options",
    [
        {"viewport": {"width": 360, "height": 740}, "has_touch": True},
        {"viewport": {"width": 640, "height": 512}},
    ],
    ids=["narrow", "at 200 percent"],
)
def test_no_page_is_wider_than_the_window_nor_has_controls_too_small_to_hit(
    seat: Seat, scene: Scene, options: dict[str, object]
) -> None:
    desk = seat("keeper", **options)
    wide, small = [], {}
    for name, path in scene.pages.items():
        desk.open(path)
        if desk.scrolls_sideways():
            wide.append(name)
        if targets := desk.small_targets():
            small[name] = targets
    desk.complaints[:] = [one for one in desk.complaints if "404" not in one]
    assert (wide, small) == ([], {})
