"""Reads an export in a process of its own, so that time and memory are the reading's alone."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

_READ = r"""
import json, re, sys, time
from datetime import date
from pathlib import Path
from sms_service.billing.exports import examine, records
from sms_service.billing.inputs import InputFault
from sms_service.billing.layouts import layouts
from sms_service.billing.rows import RowReader

begun, said, rows = time.process_time(), None, 0
try:
    for export in examine(Path(sys.argv[1]), layouts(str.encode, date(2026, 11, 23))):
        reader = RowReader(export.layout, export.header)
        with records(export) as (chunks, _):
            for chunk in chunks:
                rows += len(reader.read(chunk).accepted)
except InputFault as fault:
    said = str(fault)
# Not ru_maxrss, which begins with what the parent had.
memory = int(re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())[1]) / 1024
print(json.dumps([said, rows, time.process_time() - begun, memory]))
"""


@dataclass(frozen=True, slots=True)
class Reading:
    said: str | None
    """Why the file was refused."""
    rows: int
    """Rows that were taken."""
    seconds: float
    """Of a processor: what else the machine does is no fault of the reading."""
    megabytes: float
    """The most memory that the process ever held, Python itself included."""


def read_apart(path: Path) -> Reading:
    done = subprocess.run(
        [sys.executable, "-c", _READ, path], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return Reading(*json.loads(done.stdout))
