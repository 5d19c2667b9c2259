"""systemd's units, read as far as a test needs to start what they start."""

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

SYSTEMD = Path(__file__).parents[2] / "deploy/systemd"
_SHARED = "sms-service-.service.d/10-common.conf"


@dataclass(frozen=True, slots=True)
class Unit:
    """A service with what all of them share; each setting as often as it stands there."""

    name: str
    settings: Mapping[str, list[str]]

    @property
    def command(self) -> str:
        """What it starts, as it stands there."""
        (command,) = self.settings["ExecStart"]
        return command

    @property
    def credentials(self) -> dict[str, Path]:
        """Files that systemd hands over, by their names."""
        pairs = (value.split(":", 1) for value in self.settings["LoadCredential"])
        return {name: Path(path) for name, path in pairs}

    @property
    def named_files(self) -> dict[str, str]:
        """NAME_FILE settings, by NAME, with the credential each of them names."""
        words = (word for line in self.settings["Environment"] for word in shlex.split(line))
        pairs = (word.split("=", 1) for word in words)
        return {name.removesuffix("_FILE"): value.removeprefix("%d/") for name, value in pairs}

    def environment(self, credentials: Path) -> dict[str, str]:
        """What systemd would give to the process, its credentials copied into this folder.

        What EnvironmentFile= says outranks Environment=.
        """
        credentials.mkdir(mode=0o700, parents=True)
        for name, path in self.credentials.items():
            (credentials / name).write_bytes(path.read_bytes())
        given = {f"{name}_FILE": str(credentials / file) for name, file in self.named_files.items()}
        for file in self.settings["EnvironmentFile"]:
            lines = Path(file).read_text(encoding="utf-8").splitlines()
            given |= dict(re.findall(r"^([A-Z_]+)=(.*)$", "\n".join(lines), re.MULTILINE))
        return given

    def arguments(self, instance: str = "1") -> list[str]:
        """The command with its specifiers filled in."""
        return shlex.split(self.command.replace("%i", instance).replace("%H", "host"))


def read_unit(folder: Path, name: str) -> Unit:
    """A unit of a folder together with the drop-in of all units."""
    settings: dict[str, list[str]] = {}
    for file in (name, _SHARED):
        text = (folder / file).read_text(encoding="utf-8")
        for key, value in re.findall(r"^(\w+)=(.*)$", text, flags=re.MULTILINE):
            settings.setdefault(key, []).append(value)
    return Unit(name, settings)
