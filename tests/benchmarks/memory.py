"""What the demo's processes take together when nobody asks anything."""

import contextlib
import signal
import subprocess
import sys
import time

import psutil


def idle_megabytes() -> float:
    """Proportional memory (PSS) of every process of the demo, after its run."""
    demo = subprocess.Popen(
        [sys.executable, "-m", "sms_service", "demo"], stdout=subprocess.PIPE, text=True
    )
    try:
        assert demo.stdout is not None
        for line in demo.stdout:
            if "Ctrl-C" in line:
                break
        time.sleep(5)
        return _family_pss(demo.pid) / 1024**2
    finally:
        demo.send_signal(signal.SIGINT)
        demo.wait(30)


def _family_pss(pid: int) -> int:
    parent = psutil.Process(pid)
    total = 0
    for process in (parent, *parent.children(recursive=True)):
        with contextlib.suppress(psutil.NoSuchProcess):
            total += process.memory_full_info().pss
    return total
