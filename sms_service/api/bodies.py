"""What the calls of the API may hold, read strictly; and their faults, told without the values."""

from typing import Annotated, Literal, TypeVar

from flask import Request
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
)
from werkzeug.exceptions import BadRequest

from sms_service.api.guard import refuse
from sms_service.channels.fields import body_of
from sms_service.channels.problems import Fault
from sms_service.language.years import FIRST_YEAR_WITH_RECORDS

Body = TypeVar("Body", bound=BaseModel)

_LAST_YEAR = 1499
_CODES = {
    "missing": "missing",
    "extra_forbidden": "unexpected",
    "string_too_long": "too_long",
    "string_too_short": "missing",
}
"""Our codes for pydantic's kinds of faults; every other is ``invalid``."""

Phone = Annotated[str, StringConstraints(pattern=r"^(\+98|0098|98|0)?9[0-9]{9}$")]


def _whole(value: object) -> object:
    """JSON knows one kind of number: 1402.0 is the integer 1402."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Ask(_Strict):
    """A request for a subscriber."""

    bill_id: Annotated[str, StringConstraints(pattern=r"^[0-9]{6,13}$")] = Field(
        description="13 ASCII digits; leading zeros may be left out."
    )
    deliver: Literal["sms", "inline"] = Field(
        description="sms: the answer goes to `phone`. inline: it is in the answer to this call."
    )
    intent: Literal["history", "debt", "payments"] = "history"
    from_year: Annotated[int | None, BeforeValidator(_whole)] = Field(
        None,
        ge=FIRST_YEAR_WITH_RECORDS,
        le=_LAST_YEAR,
        description="Jalali; by default as many years as an SMS tells.",
    )
    phone: Phone | None = Field(
        None, description="An Iranian mobile; required by sms, and only there."
    )


class Resend(_Strict):
    """That an answer shall be sent again."""

    reason: Annotated[str, StringConstraints(min_length=1, max_length=400)] | None = None
    to: Phone | None = Field(
        None, description="Another phone than the one that asked; needs requests:resend-otherwise."
    )
    text: Literal["fresh", "same"] = Field(
        "fresh",
        description="fresh: from today's data. same: the old words, while the data are unchanged.",
    )
    asked_first: bool = Field(
        False, description="The subscriber said that an attempt of unknown end didn't arrive."
    )


def read_body(request: Request, model: type[Body]) -> Body:
    """The body of this call; refuses with 400, 411, 413 or 415."""
    if request.mimetype != "application/json":
        raise refuse(415)
    raw = body_of(request)
    try:
        return model.model_validate_json(raw)
    except ValidationError as error:
        raise refuse(400, _faults(error)) from None
    except BadRequest:
        raise refuse(400, [("", "undecodable")]) from None


def _faults(error: ValidationError) -> list[Fault]:
    told = [(_field(one["loc"]), one["type"]) for one in error.errors(include_input=False)]
    return [
        (field, "undecodable" if kind == "json_invalid" else _CODES.get(kind, "invalid"))
        for field, kind in told
    ]


def _field(place: tuple[int | str, ...]) -> str:
    """The field's name; of one that nobody knows, nothing: it may be anything."""
    name = str(place[0]) if place else ""
    known = {*Ask.model_fields, *Resend.model_fields}
    return name if name in known else ""
