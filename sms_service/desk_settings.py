"""The settings of the operator's desk; a part of all settings."""

from pydantic import Field
from pydantic_settings import BaseSettings


class DeskSettings(BaseSettings):
    """What ``Settings`` inherits."""

    uploads_dir: str = Field(
        "var/uploads", description="Where uploaded exports lie; shared by all hosts."
    )
    upload_mb: int = Field(512, ge=1, le=4096, description="Megabytes of one upload.")
