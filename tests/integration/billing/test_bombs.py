"""Files that would fill the machine are refused, soon and in little memory."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.bombs import BOMBS

MOST_SECONDS = 5
MOST_MEGABYTES = 300
READ = """
import json, resource, sys, time
from datetime import date
from pathlib import Path
from sms_service.billing.exports import examine, records
from sms_service.billing.inputs import InputFault
from sms_service.billing.layouts import layouts
from sms_service.billing.rows import RowReader

begun, said = time.monotonic(), None
try:
    for export in examine(Path(sys.argv[1]), layouts(str.encode, date(2026, 11, 23))):
        reader = RowReader(export.layout, export.header)
        with records(export) as (chunks, _):
            for chunk in chunks:
                reader.read(chunk)
except InputFault as fault:
    said = str(fault)
memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps([said, time.monotonic() - begun, memory]))
"""


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_within_five_seconds_and_300_megabytes(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    write, expected = BOMBS[name]
    write(path)
    done = subprocess.run(
        [sys.executable, "-c", READ, path], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    said, seconds, megabytes = json.loads(done.stdout)
    assert said is not None
    assert said.startswith(f"{name}: ")
    assert expected in said
    assert "\n" not in said
    assert seconds < MOST_SECONDS
    assert megabytes < MOST_MEGABYTES
