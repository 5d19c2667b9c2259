"""The tree that a bundle is made of: a commit, never whatever else lies about."""

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Source:
    """A commit; ``commit`` ends in ``-changed`` where the tree had changes on top of it."""

    commit: str
    tree: str
    """What git takes the files from: the commit, or the commit and the changes."""
    epoch: int
    """Seconds since 1970 that everything in the bundle is dated: SOURCE_DATE_EPOCH, else the
    commit's own time, so that one commit makes one bundle."""

    @property
    def release(self) -> str:
        """Short name of the commit."""
        _, changed, _ = self.commit.partition("-changed")
        return self.commit[:8] + changed

    @property
    def built_at(self) -> str:
        """``epoch`` as UTC in ISO 8601."""
        return datetime.fromtimestamp(self.epoch, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def here() -> Source:
    """The commit that is checked out, with changes of tracked files on top."""
    commit, committed = _git("show", "-s", "--format=%H %ct", "HEAD").split()
    epoch = os.environ.get("SOURCE_DATE_EPOCH") or committed
    # Kept by git as a commit without a name, the same one for the same changes.
    changes = _git("stash", "create", environ=_nobody(committed))
    return Source(commit + ("-changed" if changes else ""), changes or commit, int(epoch))


def unpack(source: Source, into: Path) -> None:
    """Write the files of the tree; a checkout, so that the wheel can tell its commit."""
    git = _program("git")
    run([git, "clone", "--quiet", "--shared", "--no-checkout", str(ROOT), str(into)], ROOT)
    run([git, "-C", str(into), "checkout", "--quiet", "--detach", source.tree], ROOT)


def run(command: Sequence[str], folder: Path, environ: Mapping[str, str] | None = None) -> bytes:
    """What a command prints. Raises BundleError with its last words."""
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, **(environ or {})}, capture_output=True, check=False
    )
    if done.returncode:
        said = (done.stderr or done.stdout).decode(errors="replace").strip().splitlines()
        raise BundleError(f"{Path(command[0]).name} failed: {' / '.join(said[-5:])}")
    return done.stdout


class BundleError(Exception):
    """No bundle can be made; the message says why."""


def _git(*words: str, environ: Mapping[str, str] | None = None) -> str:
    return run([_program("git"), *words], ROOT, environ).decode().strip()


def _nobody(moment: str) -> Mapping[str, str]:
    who = {
        f"GIT_{one}_{what}": "bundle"
        for one in ("AUTHOR", "COMMITTER")
        for what in ("NAME", "EMAIL")
    }
    return who | {f"GIT_{one}_DATE": f"{moment} +0000" for one in ("AUTHOR", "COMMITTER")}


def _program(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        raise BundleError(f"{name} isn't installed")
    return path
