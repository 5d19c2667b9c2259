"""The Procfile as honcho starts it, with an environment file of the administrator's kind."""

import sys
from pathlib import Path

import pytest

from sms_service.simulator.household import LINE, free_port
from sms_service.simulator.kavenegar.harness import SimulatedKavenegar
from sms_service.simulator.valkey import Valkey
from tests.support.canary import CANARY_API_KEY, CANARY_WEBHOOK_SECRET
from tests.support.environment import service_environment
from tests.support.processes import Processes, wait_until
from tests.support.texting import Webhook, new_text

ROOT = Path(__file__).parents[2]
HOOK = f"/webhooks/kavenegar/{CANARY_WEBHOOK_SECRET}"


@pytest.mark.long
def test_a_question_is_answered_by_what_honcho_starts(
    processes: Processes, sqlite_url: str, tmp_path: Path, redis_server: Valkey
) -> None:
    port = free_port()
    with SimulatedKavenegar(CANARY_API_KEY, lines=[LINE]) as gateway:
        settings = service_environment(
            DATABASE_URL=sqlite_url,
            REDIS_URL=redis_server.url,
            KAVENEGAR_BASE_URL=gateway.base_url,
            PORT=str(port),
            UPLOADS_DIR=str(tmp_path / "uploads"),
        )
        env = tmp_path / "env"
        env.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
        honcho = [
            sys.executable,
            "-m",
            "honcho",
            "--env",
            str(env),
            "--procfile",
            str(ROOT / "Procfile"),
        ]
        release = processes.start("release", [*honcho, "start", "release"], on_the_path())
        assert release.wait(60) == 0
        processes.start("honcho", [*honcho, "start", "web", "worker", "beat"], on_the_path())

        webhook = Webhook(f"http://127.0.0.1:{port}", f"{HOOK}/received", f"{HOOK}/status")
        text = new_text("راهنما", "")
        webhook.hand_over_until_taken([text], seconds=60)

        wait_until(lambda: bool(gateway.outbox(text.phone)))
        assert "شناسه" in gateway.outbox(text.phone)[0].message


def on_the_path() -> dict[str, str]:
    """An environment in which the Procfile's programs are found."""
    return {"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "PYTHONPATH": str(ROOT)}
