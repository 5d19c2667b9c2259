"""Uses the parts of a process, then forks, and lets the children look bills up side by side.

    python -m tests.support.forking CHILDREN LOOK_UPS

The environment holds the service's settings. Prints, as one JSON object, how many
look-ups gave another bill than the one asked for, and how many gave none.
"""

import json
import os
import sys

from sms_service.settings import load_settings
from sms_service.wiring import PartsPerProcess
from tests.support.small_billing import BILL_IDS


def main(children: int, look_ups: int) -> dict[str, int]:
    """What came of it, over all children."""
    parts = PartsPerProcess(load_settings(os.environ))
    parts().source.histories(BILL_IDS[:1])
    parent = os.getpid()
    pipes = [os.pipe() for _ in range(children)]
    for number, (_, write) in enumerate(pipes):
        if os.fork() == 0:
            os.write(write, json.dumps(_look_up(parts, number, look_ups)).encode())
            os._exit(0)
    assert os.getpid() == parent
    told = [json.loads(os.read(read, 4096)) for read, _ in pipes]
    for _ in pipes:
        os.wait()
    return {name: sum(one[name] for one in told) for name in ("right", "wrong", "failed")}


def _look_up(parts: PartsPerProcess, number: int, times: int) -> dict[str, int]:
    seen = {"right": 0, "wrong": 0, "failed": 0}
    for turn in range(times):
        asked = BILL_IDS[(number * 7 + turn) % len(BILL_IDS)]
        try:
            found = parts().source.histories([asked])
        except Exception:  # whatever it is, it counts
            seen["failed"] += 1
        else:
            right = list(found) == [asked] and found[asked].bill_id == asked
            seen["right" if right else "wrong"] += 1
    return seen


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1]), int(sys.argv[2]))))  # noqa: T201  # its result
