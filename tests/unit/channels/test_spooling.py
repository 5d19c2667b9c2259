"""Large bodies at the front: who may send one, how large, how fast, how many at a time."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from sms_service.channels import spooling
from sms_service.channels.front import Front
from sms_service.channels.spooling import BUSY, LargeBodies

PATH = "/console/imports"
MEGABYTE = 1 << 20
LIMIT = 3 * MEGABYTE
PIECE = bytes(65_536)


class Site:
    """A front whose Flask says how much it was given."""

    def __init__(self, folder: Path, *, may: bool = True) -> None:
        self.folder = folder
        self.asked_by: list[Mapping[bytes, bytes]] = []
        self.seen: list[int] = []
        self.environ: dict[str, Any] = {}
        self._may = may
        self.front = Front({}, self._flask, 4, LargeBodies({PATH: LIMIT}, self._ask, self._root))

    def _root(self) -> Path:
        return self.folder

    def _ask(self, headers: Mapping[bytes, bytes]) -> bool:
        self.asked_by.append(headers)
        return self._may

    def _flask(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        self.environ = environ
        self.seen.append(len(environ["wsgi.input"].read()))
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"busy" if environ.get(BUSY) else b"done"]

    async def answer(
        self, pieces: AsyncIterator[bytes], length: int, path: str = PATH
    ) -> tuple[int, bytes] | None:
        """Status and body; None where nothing was said, as to somebody who hung up."""
        said: list[Any] = []

        async def receive() -> Mapping[str, Any]:
            try:
                piece = await anext(pieces)
            except StopAsyncIteration:
                return {"type": "http.disconnect"}
            return {"type": "http.request", "body": piece, "more_body": piece != b"last"}

        async def send(message: Any) -> None:
            said.append(message)

        await self.front(_scope(path, length), receive, send)
        return (said[0]["status"], said[1]["body"]) if said else None

    def post(self, size: int, path: str = PATH) -> tuple[int, bytes] | None:
        """All of a body of so many bytes, at once."""
        return asyncio.run(self.answer(_body(size), size, path))


async def _body(size: int) -> AsyncIterator[bytes]:
    for _ in range((size - 4) // len(PIECE)):
        yield PIECE
    yield bytes((size - 4) % len(PIECE))
    yield b"last"


def _scope(path: str, length: int) -> dict[str, Any]:
    return {
        "type": "http",
        "method": "POST",
        "path": path,
        "query_string": b"",
        "headers": [(b"content-length", str(length).encode()), (b"cookie", b"desk=1")],
        "http_version": "1.1",
        "scheme": "http",
        "server": ("127.0.0.1", 8000),
        "client": ("127.0.0.1", 50000),
    }


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def test_a_large_body_comes_whole_from_whoever_may_send_it(site: Site) -> None:
    assert site.post(2 * MEGABYTE) == (200, b"done")
    assert site.seen == [2 * MEGABYTE]
    assert list(site.folder.iterdir()) == []


def test_a_body_that_fits_into_memory_asks_nobody(site: Site) -> None:
    assert site.post(1000) == (200, b"done")
    assert site.seen == [1000]
    assert site.asked_by == []


@pytest.mark.parametrize(
    ("size", "path"), [(LIMIT + 1, PATH), (2 * MEGABYTE, "/webhooks/kannel/x/received")]
)
def test_what_is_too_large_or_goes_elsewhere_reaches_flask_without_its_body(
    site: Site, size: int, path: str
) -> None:
    assert site.post(size, path) == (200, b"done")
    assert site.seen == [0]
    assert site.asked_by == []


def test_nothing_of_a_stranger_is_kept(tmp_path: Path) -> None:
    site = Site(tmp_path, may=False)
    assert site.post(2 * MEGABYTE) == (200, b"done")
    assert site.seen == [0]
    assert site.asked_by[0][b"cookie"] == b"desk=1"


def test_a_stranger_when_sessions_can_t_be_read(tmp_path: Path) -> None:
    site = Site(tmp_path)

    def away(_headers: object) -> bool:
        raise ConnectionError

    site.front = Front({}, site._flask, 1, LargeBodies({PATH: LIMIT}, away, site._root))
    assert site.post(2 * MEGABYTE) == (200, b"done")
    assert site.seen == [0]


def test_somebody_who_hangs_up_leaves_nothing(site: Site) -> None:
    async def half() -> AsyncIterator[bytes]:
        yield PIECE

    assert asyncio.run(site.answer(half(), 2 * MEGABYTE)) is None
    assert site.seen == []


def test_a_body_longer_than_it_said_is_dropped(site: Site) -> None:
    assert asyncio.run(site.answer(_body(3 * MEGABYTE), 2 * MEGABYTE)) is None
    assert site.seen == []


def test_one_that_stands_still_is_given_up(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spooling, "_PIECE_SECONDS", 0.05)

    async def stuck() -> AsyncIterator[bytes]:
        yield PIECE
        await asyncio.sleep(5)
        yield b"last"

    answer = asyncio.run(site.answer(stuck(), 2 * MEGABYTE))
    assert answer
    assert answer[0] == 408


def test_one_that_drips_is_given_up(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spooling, "_FIRST_SECONDS", 0.2)
    monkeypatch.setattr(spooling, "_SLOWEST_BYTES_A_SECOND", 1 << 30)

    async def dripping() -> AsyncIterator[bytes]:
        while True:
            yield b"."
            await asyncio.sleep(0.01)

    answer = asyncio.run(site.answer(dripping(), 2 * MEGABYTE))
    assert answer
    assert answer[0] == 408


def test_no_more_than_two_come_at_the_same_time(site: Site) -> None:
    async def all_three() -> list[tuple[int, bytes] | None]:
        go_on = asyncio.Event()

        async def slow() -> AsyncIterator[bytes]:
            yield PIECE
            await go_on.wait()
            async for piece in _body(2 * MEGABYTE - len(PIECE)):
                yield piece

        two = [asyncio.create_task(site.answer(slow(), 2 * MEGABYTE)) for _ in range(2)]
        await asyncio.sleep(0.1)
        third = await site.answer(_body(2 * MEGABYTE), 2 * MEGABYTE)
        go_on.set()
        return [third, *await asyncio.gather(*two)]

    assert asyncio.run(all_three()) == [(200, b"busy"), (200, b"done"), (200, b"done")]
    assert site.post(2 * MEGABYTE) == (200, b"done")


def test_a_full_disk_is_told(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_folder: Path) -> Any:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(spooling, "temporary_file", full)
    answer = site.post(2 * MEGABYTE)
    assert answer
    assert answer[0] == 507
