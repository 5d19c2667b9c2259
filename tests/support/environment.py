"""The one environment of tests and of the processes that they start."""

import os
from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path
from tempfile import gettempdir

from tests.support.canary import CANARY_API_KEY, CANARY_KANNEL_PASSWORD, CANARY_WEBHOOK_SECRET

NOWHERE = "http://127.0.0.1:9"
"""Nothing listens on the discard port: a gateway that a test forgot to name."""

_KEPT = ("HOME", "LANG", "PATH", "TMPDIR", "VIRTUAL_ENV")


def service_environment(**settings: str) -> dict[str, str]:
    """Every required setting with a test's value, then these, named as in the environment."""
    return {
        "SECRET_KEY": "a secret key of the tests alone, 32+ bytes",
        "DATA_KEYS": "1:" + b64encode(bytes(range(32))).decode(),
        "HASH_KEY": "a hash key of the tests alone, of 32+ bytes",
        "WEBHOOK_SECRETS": CANARY_WEBHOOK_SECRET,
        "KAVENEGAR_API_KEY": CANARY_API_KEY,
        "KAVENEGAR_BASE_URL": NOWHERE,
        "KAVENEGAR_SENDER": "30001521",
        "KANNEL_SENDSMS_URL": NOWHERE,
        "KANNEL_USERNAME": "bargh",
        "KANNEL_PASSWORD": CANARY_KANNEL_PASSWORD,
        "LOG_LEVEL": "DEBUG",
        "PROMETHEUS_MULTIPROC_DIR": str(Path(gettempdir()) / "sms-service-tests" / "metrics"),
        **settings,
    }


def process_environment(settings: Mapping[str, str]) -> dict[str, str]:
    """A child process's whole environment: these settings and nothing of the caller's own."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return {**kept, "PYTHONUNBUFFERED": "1", **settings}
