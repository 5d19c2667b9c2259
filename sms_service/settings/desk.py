"""The settings of the operator's desk; a part of all settings."""

from typing import Literal

from pydantic import Field

from sms_service.settings.running import RunningSettings


class DeskSettings(RunningSettings):
    """What ``Settings`` inherits."""

    uploads_dir: str = Field(
        "var/uploads", description="Where uploaded exports lie; shared by all hosts."
    )
    upload_mb: int = Field(512, ge=1, le=4096, description="Megabytes of one upload.")
    console_second_factor: Literal["off", "privileged", "all"] = Field(
        "privileged",
        description="Who signs in with a code, too: off, privileged (supervisors, admins), all.",
    )
    console_idle_minutes: float = Field(
        30, gt=0, description="Then who does nothing at the desk is signed out."
    )
    console_session_hours: float = Field(
        12, gt=0, description="Then everybody signs in again, whatever they did."
    )
    credit_warning_rial: int = Field(
        5_000_000, ge=0, description="Below it the gateway's credit is shown as a warning."
    )
    bulk_texts_per_minute: int = Field(
        300, ge=1, le=6000, description="Pace of sending many again, unless a run names another."
    )
    api_calls_per_minute: int = Field(
        120, ge=1, le=100_000, description="Calls of the API that a token may make a minute."
    )
