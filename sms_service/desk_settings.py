"""The settings of the operator's desk; a part of all settings."""

from pydantic import Field
from pydantic_settings import BaseSettings


class DeskSettings(BaseSettings):
    """What ``Settings`` inherits."""

    uploads_dir: str = Field(
        "var/uploads", description="Where uploaded exports lie; shared by all hosts."
    )
    upload_mb: int = Field(512, ge=1, le=4096, description="Megabytes of one upload.")
    credit_warning_rial: int = Field(
        5_000_000, ge=0, description="Below it the gateway's credit is shown as a warning."
    )
    bulk_texts_per_minute: int = Field(
        300, ge=1, le=6000, description="Pace of sending many again, unless a run names another."
    )
    api_calls_per_minute: int = Field(
        120, ge=1, le=100_000, description="Calls of the API that a token may make a minute."
    )
