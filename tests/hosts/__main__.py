"""Run one scene, or all of them, and print what it showed."""

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from tests.hosts.network import Network, again_inside, why_not
from tests.hosts.scenes import PER_SECOND, SCENES
from tests.support.rabbitmq import rabbitmq_server


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status: 0 when nothing was lost or doubled, 1 when something was, 2 unable to run."""
    parser = argparse.ArgumentParser(prog="python -m tests.hosts", description=__doc__)
    parser.add_argument("scene", nargs="*", choices=[*SCENES, []], help="all of them without")
    parser.add_argument("--logs", type=Path, help="keep every process's log in this folder")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args(arguments)
    if chosen.inside:
        return _inside(chosen.scene[0], chosen.logs)
    if reason := why_not():
        sys.stderr.write(f"tests.hosts: {reason}\n")
        return 2
    more = ["--logs", str(chosen.logs)] if chosen.logs else []
    return max(again_inside([scene, *more]) for scene in chosen.scene or SCENES)


def _inside(scene: str, logs: Path | None) -> int:
    if scene == "rabbitmq" and rabbitmq_server() is None:
        sys.stderr.write("tests.hosts: rabbitmq-server isn't installed\n")
        return 2
    with tempfile.TemporaryDirectory(prefix="sms-service-hosts-") as made:
        folder = Path(made) if logs is None else logs / scene
        folder.mkdir(parents=True, exist_ok=True)
        outcome, seconds = SCENES[scene](folder, Network())
    told = {"scene": scene, "a_second": PER_SECOND, "fail_over": seconds} | asdict(outcome)
    sys.stdout.write(json.dumps(told) + "\n")
    return 1 if outcome.broken or outcome.lost or outcome.doubled else 0


if __name__ == "__main__":
    sys.exit(main())
