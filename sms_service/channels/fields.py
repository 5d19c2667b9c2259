"""Fields of a gateway's request, read strictly: query string and form body together.

Flask's own form parsing replaces undecodable bytes and keeps the first of repeated
fields; a bill ID that silently changed would be answered with another person's bill.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from flask import Request
from werkzeug.exceptions import LengthRequired, RequestEntityTooLarge

from sms_service.channels.problems import Fault

MAX_BODY_BYTES = 64 * 1024
_MAX_FIELDS = 50
FORM = "application/x-www-form-urlencoded"


class BadFields(Exception):
    """The request can't be understood; ``faults`` says why, field by field."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("bad fields")
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Wanted:
    """A field that must be there exactly once, with at most ``longest`` characters.

    One that ``may_be_missing`` is empty then.
    """

    name: str
    longest: int
    may_be_empty: bool = False
    is_text: bool = False
    """A person's words, in which U+FFFD may stand: what a phone had no letter for."""
    charset: str = "utf-8"
    may_be_missing: bool = False
    pattern: str | None = None
    """What its values look like, for the document alone: its reader judges them."""


def body_of(request: Request) -> bytes:
    """The whole body. Raises 411 without Content-Length, 413 beyond 64 KiB."""
    if request.method not in ("POST", "PUT", "PATCH"):
        return b""
    if request.content_length is None:
        # Werkzeug would cut a chunked body at the limit and say nothing.
        raise LengthRequired
    if request.content_length > MAX_BODY_BYTES:
        raise RequestEntityTooLarge
    return request.get_data(cache=True)


def read_fields(request: Request, body: bytes, wanted: tuple[Wanted, ...]) -> Mapping[str, str]:
    """The wanted fields' values. Raises BadFields."""
    pairs = _pairs(request.query_string)
    if request.mimetype == FORM:
        pairs += _pairs(body)
    elif request.mimetype == "multipart/form-data":
        pairs += [(name, value.encode()) for name, value in request.form.items(multi=True)]
    return _chosen(pairs, wanted)


def read_form(query: bytes, form: bytes, wanted: tuple[Wanted, ...]) -> Mapping[str, str]:
    """The same of a query string and an URL-encoded body. Raises BadFields."""
    return _chosen(_pairs(query) + _pairs(form), wanted)


def _chosen(pairs: list[tuple[str, bytes]], wanted: tuple[Wanted, ...]) -> Mapping[str, str]:
    given: dict[str, list[bytes]] = {}
    for name, raw in pairs:
        given.setdefault(name, []).append(raw)
    values = {field.name: _decoded(field, given.get(field.name, [])) for field in wanted}
    faults = [fault for field in wanted if (fault := _fault(field, values[field.name]))]
    if faults:
        raise BadFields(faults)
    return {name: given[0] or "" if given else "" for name, given in values.items()}


def _pairs(encoded: bytes) -> list[tuple[str, bytes]]:
    """Names and raw values: Latin-1 is how ``parse_qsl`` is made to leave bytes alone."""
    if not encoded:
        return []
    try:
        pairs = parse_qsl(
            encoded.decode("latin-1"),
            keep_blank_values=True,
            encoding="latin-1",
            max_num_fields=_MAX_FIELDS,
        )
    except ValueError:
        raise BadFields([("", "too_many_fields")]) from None
    return [(name, value.encode("latin-1")) for name, value in pairs]


def _decoded(field: Wanted, raws: list[bytes]) -> list[str | None]:
    """Values in the field's charset, None for those that aren't."""
    return [_text(raw, field.charset) for raw in raws]


def _text(raw: bytes, charset: str) -> str | None:
    # Half of a pair can come alone in UTF-16, and is cleaned away later; in UTF-8 it's a fault.
    errors = "strict" if charset == "utf-8" else "surrogatepass"
    try:
        return raw.decode(charset, errors)
    except UnicodeDecodeError:
        return None


def _fault(field: Wanted, values: list[str | None]) -> Fault | None:
    if not values:
        return None if field.may_be_missing else (field.name, "missing")
    if len(values) > 1:
        return field.name, "repeated"
    value = values[0]
    if value is None or ("\ufffd" in value and not field.is_text):
        return field.name, "undecodable"
    # A NUL is stored as a blank: an id of NULs alone would be everybody's.
    if not value.replace("\0", " ").strip() and not (field.may_be_empty or field.may_be_missing):
        return field.name, "missing"
    if len(value) > field.longest:
        return field.name, "too_long"
    return None
