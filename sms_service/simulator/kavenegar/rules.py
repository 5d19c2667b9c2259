"""Kavenegar's rules on numbers, texts and prices, as its public page states them."""

import re
from dataclasses import dataclass

MAX_RECEPTORS = 200
MAX_STATUS_IDS = 500
MAX_CHARACTERS = 900
RECEIVE_PAGE = 100
INBOX_PAGE = 200
STATUS_WINDOW_SECONDS = 48 * 3600
LOCALID_WINDOW_SECONDS = 12 * 3600
INBOX_WINDOW_SECONDS = 48 * 3600
PERSIAN_PART_RIAL = 2_000
LATIN_PART_RIAL = 4_000
"""Prices are ours; that Persian is the cheaper one is the page's."""


_MOBILE = re.compile(r"(?:\+98|0098|98|0)?(9[0-9]{9})", re.ASCII)
_LINE = re.compile(r"(?:\+98|0098)?0?([0-9]{4,14})", re.ASCII)
_TAG = re.compile(r"[A-Za-z0-9_-]{1,200}", re.ASCII)
_LONG = re.compile(r"[0-9]{1,19}", re.ASCII)


class Refusal(Exception):
    """The call is refused with this code, which is the HTTP status too."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Text:
    """One SMS that passed the rules."""

    receptor: str
    sender: str
    message: str
    localid: int | None = None

    @property
    def parts(self) -> int:
        """70 or 67 UTF-16 units with any non-ASCII letter, else 140 or 153 characters."""
        if self.message.isascii():
            return _parts(len(self.message), 140, 153)
        return _parts(len(self.message.encode("utf-16-le")) // 2, 70, 67)

    @property
    def cost(self) -> int:
        """Rial."""
        price = LATIN_PART_RIAL if self.message.isascii() else PERSIAN_PART_RIAL
        return self.parts * price


def text_of(receptor: str, sender: str, message: str, localid: str | None) -> Text:
    """Judge one SMS; raises Refusal with the code of the first rule that it breaks."""
    mobile = _MOBILE.fullmatch(receptor.strip())
    if not mobile:
        raise Refusal(411)
    if not 0 < len(message) <= MAX_CHARACTERS:
        raise Refusal(413)
    return Text(f"0{mobile[1]}", sender, message, None if localid is None else long_of(localid))


def line_of(sender: str, lines: frozenset[str]) -> str:
    """The line in its bare form; 412 if it isn't one of ours. No lines: any is."""
    line = _LINE.fullmatch(sender.strip())
    if not line or (lines and line[1] not in lines):
        raise Refusal(412)
    return line[1]


def long_of(value: str) -> int:
    """A signed 64-bit number, as ids are; 400 for anything else."""
    if not _LONG.fullmatch(value.strip()) or int(value) >= 2**63:
        raise Refusal(400)
    return int(value)


def check_dates(since: int, until: int, now: int) -> None:
    """417 for a range of the inbox that is turned round, too long, or yet to come."""
    if since > until or until - since > INBOX_WINDOW_SECONDS or since > now:
        raise Refusal(417)


def check_tag(tag: str | None) -> None:
    """607 for a tag with letters that no panel accepts."""
    if tag and not _TAG.fullmatch(tag):
        raise Refusal(607)


def _parts(length: int, single: int, part: int) -> int:
    return 1 if length <= single else max(2, -(-length // part))
