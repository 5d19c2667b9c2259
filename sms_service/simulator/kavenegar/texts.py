"""The Persian words of the simulated gateway's answers."""

import tomllib
from functools import cache

from sms_service.templates import templates_dir


def of_code(code: int) -> str:
    """The ``message`` that goes with a result code."""
    codes = _texts()["codes"]
    return codes.get(str(code), codes["other"])


def of_status(status: int) -> str:
    """The ``statustext`` that goes with a delivery status."""
    return _texts()["statuses"].get(str(status), "")


@cache
def _texts() -> dict[str, dict[str, str]]:
    file = templates_dir() / "simulator" / "kavenegar.toml"
    return tomllib.loads(file.read_text(encoding="utf-8"))
