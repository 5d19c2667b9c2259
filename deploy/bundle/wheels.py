"""The wheelhouse: what requirements/run.lock names, as wheels, and the project's own."""

import hashlib
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import parse_wheel_filename

from deploy.bundle.sources import BundleError, Source, run

_PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check")
_SOURCE_ONLY = "flask-principal,kavenegar"
"""Published without wheels: they are built here, so that the server builds nothing."""
_LEGACY_GLIBC = {"manylinux1": (2, 5), "manylinux2010": (2, 12), "manylinux2014": (2, 17)}
_ENTRY = re.compile(r"^[a-z0-9][^\n]*\n(?: +[^\n]*\n)+", re.MULTILINE | re.IGNORECASE)
_GLIBC = re.compile(r"manylinux_(\d+)_(\d+)_")


def collect(source: Source, tree: Path, wheels: Path) -> None:
    """Fetch and build every wheel for this Python and platform. Raises BundleError."""
    epoch = {"SOURCE_DATE_EPOCH": str(source.epoch)}
    lock = wheels.with_name("run.lock")
    lock.write_text(wanted((tree / "requirements" / "run.lock").read_text("utf-8")), "utf-8")
    only = ("--only-binary=:all:", f"--no-binary={_SOURCE_ONLY}")
    ours = ("--no-deps", "--no-build-isolation", "--use-pep517")
    run(
        [*_PIP, "wheel", "--require-hashes", *ours, *only, "-r", str(lock), "-w", str(wheels)],
        tree,
        epoch,
    )
    run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(wheels)], tree, epoch)
    sources = [path.name for path in wheels.iterdir() if path.suffix != ".whl"]
    if sources:
        raise BundleError(f"no wheels: {', '.join(sources)}")


def wanted(lock: str) -> str:
    """The entries of a lock that some Python of this minor version wants, without conditions.

    The server's Python may be older by a patch: Debian 12 has 3.11.2, and something that is
    needed before 3.11.3 only must be in the bundle all the same.
    """
    return "".join(map(_unconditional, filter(_is_wanted, _ENTRY.findall(lock))))


def _unconditional(entry: str) -> str:
    first, rest = entry.split("\n", 1)
    pin = first.removesuffix("\\").partition(";")[0].strip()
    return f"{pin} \\\n{rest}"


def _is_wanted(entry: str) -> bool:
    marker = Requirement(entry.split("\n", 1)[0].removesuffix("\\")).marker
    major, minor = sys.version_info[:2]
    oldest = {"python_full_version": f"{major}.{minor}.0"}
    return marker is None or marker.evaluate() or marker.evaluate(oldest)


def install(wheels: Path, lock: Path, environment: Path) -> Path:
    """A fresh environment that holds exactly the wheelhouse; its Python."""
    run([sys.executable, "-m", "venv", "--without-pip", str(environment)], wheels)
    python = environment / "bin" / "python"
    pip = [*_PIP, "--python", str(python)]
    here = ("--no-index", f"--find-links={wheels}", "--require-hashes", "--no-deps")
    run([*pip, "install", "--no-compile", *here, "-r", str(lock)], wheels, {"PIP_FIND_LINKS": ""})
    run([*pip, "check"], wheels)
    return python


def locked(wheels: Path) -> str:
    """A requirements file that admits these very wheels and nothing else."""
    lines = [
        f"{name}=={version} --hash=sha256:{sha256(path)}"
        for name, version, path in sorted(_named(wheels))
    ]
    return "\n".join(lines) + "\n"


def hashes(wheels: Path) -> dict[tuple[str, str], str]:
    """SHA-256 of each wheel by its normalised name and version."""
    return {(name, version): sha256(path) for name, version, path in _named(wheels)}


def glibc_needed(names: Iterator[str]) -> str:
    """The oldest glibc that bears all of these wheels, as ``2.28``."""
    needed = [min(found) for name in names if (found := list(_glibcs(name)))]
    return ".".join(map(str, max(needed, default=(2, 17))))


def sha256(path: Path) -> str:
    """The file's SHA-256 in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _named(wheels: Path) -> Iterator[tuple[str, str, Path]]:
    for path in wheels.glob("*.whl"):
        name, version, _, _ = parse_wheel_filename(path.name)
        yield str(name), str(version), path


def _glibcs(wheel: str) -> Iterator[tuple[int, int]]:
    for tag in parse_wheel_filename(wheel)[3]:
        if match := _GLIBC.match(tag.platform):
            yield int(match[1]), int(match[2])
        elif (legacy := tag.platform.partition("_")[0]) in _LEGACY_GLIBC:
            yield _LEGACY_GLIBC[legacy]
