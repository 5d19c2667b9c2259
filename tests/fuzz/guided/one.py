"""One target under atheris: ``python -m tests.fuzz.guided.one TARGET FOLDER… -option=…``."""

import shlex
import sys

import atheris

from tests.fuzz.guided.targets import load

_INSTRUMENTED = ["sms_service", "tests.fuzz.guided"]


def main() -> None:
    """Look for inputs until libFuzzer's own options say that it is enough."""
    name = sys.argv[1]
    with atheris.instrument_imports(include=_INSTRUMENTED):
        target = load(name)
        for seed in target.seeds:  # what is imported late is to be instrumented, too
            target.try_one(seed)
    # libFuzzer starts itself again to merge, by what stands first, through a shell.
    itself = shlex.join([sys.executable, "-m", "tests.fuzz.guided.one", name])
    atheris.Setup([itself, *sys.argv[2:]], target.try_one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
