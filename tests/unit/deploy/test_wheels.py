"""What a wheelhouse says of itself."""

import sys
from pathlib import Path

import pytest

from deploy.bundle.wheels import glibc_needed, locked, wanted

OLD = "uvloop-1.0-cp311-cp311-manylinux2014_x86_64.manylinux_2_17_x86_64.manylinux_2_28_x86_64.whl"
NEW = "cryptography-50.0-cp311-abi3-manylinux_2_34_x86_64.whl"
PURE = "click-8.1-py3-none-any.whl"


@pytest.mark.parametrize(
    ("names", "needed"), [([OLD, NEW, PURE], "2.34"), ([OLD, PURE], "2.17"), ([PURE], "2.17")]
)
def test_the_most_demanding_wheel_decides_which_glibc_is_needed(
    names: list[str], needed: str
) -> None:
    assert glibc_needed(iter(names)) == needed


def test_the_lock_admits_the_very_wheels_that_are_there(tmp_path: Path) -> None:
    (tmp_path / PURE).write_bytes(b"a wheel")
    (tmp_path / NEW).write_bytes(b"another")
    lines = locked(tmp_path).splitlines()
    assert [line.split(" ")[0] for line in lines] == ["click==8.1", "cryptography==50.0"]
    assert [line.split(" ")[1][:14] for line in lines] == ["--hash=sha256:"] * 2


def test_what_only_an_older_patch_of_python_needs_comes_along() -> None:
    _, minor = sys.version_info[:2]
    lock = f"""# made by uv
async-timeout==5.0.1 ; python_full_version < '3.{minor}.3' \\
    --hash=sha256:aa
    # via redis
click==8.1 \\
    --hash=sha256:bb \\
    --hash=sha256:cc
colorama==0.4.6 ; sys_platform == 'win32' \\
    --hash=sha256:dd
"""
    assert wanted(lock) == (
        "async-timeout==5.0.1 \\\n    --hash=sha256:aa\n    # via redis\n"
        "click==8.1 \\\n    --hash=sha256:bb \\\n    --hash=sha256:cc\n"
    )
