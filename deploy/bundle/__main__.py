"""``python -m deploy.bundle``: make the archive for this Python and this kind of machine."""

import shutil
import sys
import sysconfig
import tempfile
import time
from pathlib import Path

import click

from deploy.bundle import archive, sbom, wheels
from deploy.bundle.sources import ROOT, BundleError, Source, here, unpack
from sms_service import __version__

_FILES = (".env.example", "CHANGELOG.md", "LICENSE", "README.md", "SECURITY.md")
_FOLDERS = ("deploy", "docs")
_PROGRAMS_OF_OURS = shutil.ignore_patterns("*.py", "*.j2", "bundle")
"""What makes the documentation and the bundle is of no use on a server."""


@click.command()
@click.option("--into", type=click.Path(path_type=Path), default=ROOT / "dist", show_default=True)
def bundle(into: Path) -> None:
    """Make dist/sms-service-VERSION-PLATFORM-pyXY.tar.gz of the commit that is checked out."""
    started = time.monotonic()
    try:
        made = make(here(), into)
    except BundleError as error:
        raise click.ClickException(str(error)) from None
    megabytes = made.stat().st_size / 1e6
    click.echo(f"{made} {megabytes:.1f} MB {time.monotonic() - started:.1f} s", err=True)
    click.echo(made)


def make(source: Source, into: Path) -> Path:
    """The archive, made anew. Raises BundleError."""
    into.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="sms-service-bundle-") as folder:
        tree, venv = Path(folder, "tree"), Path(folder, "venv")
        inside = Path(folder, name())
        house = inside / "wheels"
        house.mkdir(parents=True)
        unpack(source, tree)
        wheels.collect(source, tree, house)
        (inside / "run.lock").unlink()
        lock = inside / "requirements.lock"
        lock.write_text(wheels.locked(house), encoding="ascii")
        # Also the proof that the wheelhouse is whole.
        python = wheels.install(house, lock, venv)
        bill = sbom.write(source, tree, python, wheels.hashes(house))
        (inside / "sbom.cdx.json").write_bytes(bill)
        (inside / "VERSION").write_text(version(source, house), encoding="ascii")
        _copy(tree, inside)
        (inside / "SHA256SUMS").write_text(archive.sums(inside), encoding="utf-8")
        target = into / f"{inside.name}.tar.gz"
        archive.pack(inside, target, source.epoch)
    return target


def name() -> str:
    """Name of the archive and of the folder in it."""
    major, minor = sys.version_info[:2]
    return f"sms-service-{__version__}-{sysconfig.get_platform()}-py{major}{minor}"


def version(source: Source, house: Path) -> str:
    """What the installer reads: one ``name=value`` a line."""
    told = {
        "version": __version__,
        "commit": source.commit,
        "built_at": source.built_at,
        "release": f"{__version__}-{source.release}",
        "python": ".".join(map(str, sys.version_info[:2])),
        "machine": sysconfig.get_platform().rpartition("-")[2],
        "glibc": wheels.glibc_needed(path.name for path in house.iterdir()),
    }
    return "".join(f"{key}={value}\n" for key, value in told.items())


def _copy(tree: Path, inside: Path) -> None:
    for file in _FILES:
        if (tree / file).is_file():
            shutil.copy2(tree / file, inside / file)
    for folder in _FOLDERS:
        shutil.copytree(tree / folder, inside / folder, ignore=_PROGRAMS_OF_OURS)
    for file in ("install.sh", "INSTALL.txt"):
        shutil.copy2(tree / "deploy" / "bundle" / file, inside / file)
    (inside / "install.sh").chmod(0o755)


if __name__ == "__main__":
    bundle()
