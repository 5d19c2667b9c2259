"""One target's search in a process of its own, and what is kept of it."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.fuzz.guided.targets import CORPUS, Target, kept, load

MOST_KEPT = 300
"""Inputs of a target."""
MOST_BYTES = 96 * 1024
_MEGABYTES = 2048
"""Of memory, beyond which an input is a finding."""
_SECONDS = 10
"""Within which one input must be done."""
_PULSE = re.compile(r"#(\d+)\s+\w+.*? cov: (\d+) ft: (\d+)")
_PACE = re.compile(r"stat::average_exec_per_sec:\s*(\d+)")
_DONE = re.compile(r"stat::number_of_executed_units:\s*(\d+)")
_RAISED = re.compile(
    r"^(?:[\w.]+(?:Error|Exception|Fault|Refused)|AssertionError)\b.*", re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class Run:
    """What a search came to."""

    name: str
    inputs: int
    pace: int
    """Inputs a second."""
    covered: int
    """Places in the code that were reached, and ``features``, how often and from where."""
    features: int
    kept: int
    """Inputs in the corpus after it."""
    found: Sequence[Path] = ()
    """Inputs that raised, took too long or too much memory."""
    told: str = ""
    """What the search said of the first of them."""


def search(name: str, folder: Path, seconds: int, seed: int) -> Run:
    """Look for inputs, beginning with what is kept; new ones go to the folder."""
    target = load(name)
    seeds = folder / "seeds"
    seeds.mkdir()
    for place, content in enumerate(target.seeds):
        (seeds / f"{place:03}").write_bytes(content)
    new = folder / "new"
    new.mkdir()
    raised = folder / "raised"
    raised.mkdir()
    limits = (f"-max_total_time={seconds}", f"-rss_limit_mb={_MEGABYTES}", f"-timeout={_SECONDS}")
    files = [f"-artifact_prefix={raised}/"]
    if target.words:
        files.append(f"-dict={_dictionary(target, folder)}")
    shape = (f"-max_len={target.longest}", f"-seed={seed}", "-print_final_stats=1")
    known = [str(path) for path in (seeds, CORPUS / name) if path.is_dir()]
    said = _fuzz(name, folder, str(new), *known, *limits, *files, *shape)
    found = [_named(path, name) for path in sorted(raised.iterdir())]
    return _told(name, said, found)


def _fuzz(name: str, folder: Path, *options: str) -> str:
    """What a process of libFuzzer writes; it ends without tidying up what it left in TMPDIR."""
    module = [sys.executable, "-m", "tests.fuzz.guided.one", name, *options]
    environ = {**os.environ, "TMPDIR": str(folder)}
    ended = subprocess.run(module, capture_output=True, check=False, env=environ)
    said = (ended.stdout + ended.stderr).decode("utf-8", "replace")
    if ended.returncode and "libFuzzer" not in said and "Uncaught" not in said:
        raise SystemExit(said[-2000:])
    return said


def _dictionary(target: Target, folder: Path) -> Path:
    """libFuzzer's own format: each word in quotes, other bytes as hexadecimal numbers."""
    raws = [word.encode() if isinstance(word, str) else word for word in target.words]
    lines = ["".join(f"\\x{byte:02x}" for byte in raw) for raw in raws if raw]
    path = folder / "words.dict"
    path.write_text("".join(f'"{line}"\n' for line in lines))
    return path


def _named(raised: Path, name: str) -> Path:
    """Keep an input that raised: a search ends with it until the product is mended."""
    folder = CORPUS / name
    folder.mkdir(parents=True, exist_ok=True)
    kind, _, digest = raised.name.partition("-")
    return Path(shutil.copy(raised, folder / f"{kind}-{digest[:12]}"))


def _told(name: str, said: str, found: Sequence[Path]) -> Run:
    pulses = _PULSE.findall(said)
    covered, features = (int(number) for number in pulses[-1][1:]) if pulses else (0, 0)
    pace, done = _PACE.search(said), _DONE.search(said)
    raised = _RAISED.search(said) if found else None
    words = (raised[0] if raised else found[0].name) if found else ""
    return Run(
        name,
        int(done[1]) if done else int(pulses[-1][0]) if pulses else 0,
        int(pace[1]) if pace else 0,
        covered,
        features,
        0,
        found,
        words[:200],
    )


def merge(name: str, folder: Path) -> None:
    """Keep the smallest set of inputs that reaches as much, and of that the smallest ones.

    Named inputs stay: each stands for something that was mended.
    """
    whole, own = folder / "whole", CORPUS / name
    whole.mkdir()
    given = [str(path) for path in (own, folder / "seeds", folder / "new") if path.is_dir()]
    longest = load(name).longest
    limits = f"-max_len={longest}", f"-timeout={_SECONDS}"
    _fuzz(name, folder, "-merge=1", *limits, str(whole), *given)
    named = [path for path in kept(name) if "-" in path.name]
    inputs = sorted(whole.iterdir(), key=lambda path: (path.stat().st_size, path.name))
    if not inputs:
        raise SystemExit(f"{name}: libFuzzer merged nothing")
    for path in set(kept(name)) - set(named):
        path.unlink()
    own.mkdir(parents=True, exist_ok=True)
    size = sum(path.stat().st_size for path in named)
    for path in inputs[: MOST_KEPT - 1 - len(named)]:
        size += path.stat().st_size
        if size > MOST_BYTES:
            break
        shutil.copy(path, own / path.name[:16])
