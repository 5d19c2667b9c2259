"""``make fuzz-guided``: every target in turn under atheris, each for so many seconds.

``python -m tests.fuzz.guided texts rows --seconds 300`` takes some of them. New inputs that
reach new code are merged into tests/fuzz/corpus; whatever raised is kept there by name.
"""

import argparse
import shutil
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.fuzz.guided.runs import Run, merge, search
from tests.fuzz.guided.targets import NAMES, kept


def main() -> int:
    """Run the targets; 1 if any of them found something."""
    options = argparse.ArgumentParser(prog="make fuzz-guided")
    options.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(NAMES))
    options.add_argument("--seconds", type=int, default=60, help="for each target")
    options.add_argument("--seed", type=int, default=0, help="0: another one every time")
    asked = options.parse_args()
    if unknown := set(asked.targets) - set(NAMES):
        options.error(f"no such target: {', '.join(sorted(unknown))}")
    console = Console()
    runs = []
    for name in asked.targets or NAMES:
        folder = Path(tempfile.mkdtemp(prefix=f"fuzz-{name}-"))
        run = search(name, folder, asked.seconds, asked.seed)
        console.print(f"{name}: {run.inputs:,} inputs, {run.told or 'nothing found'}", markup=False)
        if not run.found:
            merge(name, folder)
        shutil.rmtree(folder)
        runs.append(replace(run, kept=len(kept(name))))
    console.print(_table(runs))
    return int(any(run.told for run in runs))


def _table(runs: list[Run]) -> Table:
    table = Table("target", "inputs", "inputs/s", "covered", "features", "kept", "found")
    for run in runs:
        numbers = (run.inputs, run.pace, run.covered, run.features, run.kept)
        found = ", ".join(path.name for path in run.found) or run.told
        table.add_row(run.name, *(f"{number:,}" for number in numbers), found)
    return table


if __name__ == "__main__":
    sys.exit(main())
