"""Hosts on one wire. This process stands where the wires meet, and is a host itself."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from tests.support.environment import process_environment
from tests.support.places import Place

HERE_ADDRESS = "10.77.0.1"
_BRIDGE = "wires"


def why_not() -> str:
    """What this machine lacks for hosts of one's own; empty when nothing."""
    for tool in ("ip", "unshare", "nsenter", "setpriv"):
        if shutil.which(tool) is None:
            return f"{tool} isn't installed"
    trial = [*_apart(), "ip", "link", "add", "trial", "type", "bridge"]
    tried = subprocess.run(trial, capture_output=True, check=False)
    return "no namespaces for this user" if tried.returncode else ""


def again_inside(arguments: Sequence[str]) -> int:
    """Run ``python -m tests.hosts`` with these in namespaces that end with it."""
    command = [*_apart(), sys.executable, "-m", "tests.hosts", "--inside", *arguments]
    return subprocess.run(command, check=False).returncode


def _apart() -> Sequence[str]:
    """What goes before a command that shall have a network and processes of its own."""
    kill = ("setpriv", "--pdeathsig", "KILL")
    return (*kill, "unshare", "--net", "--pid", "--fork", "--kill-child", "--mount-proc")


class Network:
    """A bridge in this namespace. Make hosts, then start things on them."""

    def __init__(self) -> None:
        _ip("link", "set", "lo", "up")
        _ip("link", "add", _BRIDGE, "type", "bridge")
        _ip("addr", "add", f"{HERE_ADDRESS}/24", "dev", _BRIDGE)
        _ip("link", "set", _BRIDGE, "up")

    def host(self, name: str, number: int) -> "Host":
        """A host with the address 10.77.0.``number``."""
        return Host(name, f"10.77.0.{number}")


class Host:
    """A namespace with one link to the wires, and what was started in it."""

    def __init__(self, name: str, address: str) -> None:
        self.name, self.address = name, address
        self._link = f"to-{name}"
        holder = ("unshare", "--net", "sh", "-c", "echo; exec sleep infinity")
        self._holder = subprocess.Popen(holder, stdout=subprocess.PIPE)
        if self._holder.stdout:
            self._holder.stdout.readline()
        pid = str(self._holder.pid)
        self._run = ("nsenter", "--target", pid, "--net", "--")
        _ip("link", "add", self._link, "type", "veth", "peer", "name", "eth0", "netns", pid)
        self.heal()
        _ip("link", "set", self._link, "up")
        for words in (
            ("link", "set", "lo", "up"),
            ("addr", "add", f"{address}/24", "dev", "eth0"),
            ("link", "set", "eth0", "up"),
        ):
            subprocess.run([*self._run, "ip", *words], check=True)
        self._started: list[subprocess.Popen[bytes]] = []

    def place(self, port: int = 0) -> Place:
        """For a server that shall run here."""
        return Place(self.address, port, self._run)

    def python(self, log: Path, settings: Mapping[str, str], *arguments: str) -> None:
        """Start a Python process here; its output is added to ``log``."""
        with log.open("ab") as output:
            process = subprocess.Popen(
                [*self._run, sys.executable, *arguments],
                env=process_environment(settings),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self._started.append(process)

    def cut(self) -> None:
        """Pull the plug of its link: whoever talks to it hears nothing at all."""
        _ip("link", "set", self._link, "nomaster")

    def heal(self) -> None:
        """Plug it in."""
        _ip("link", "set", self._link, "master", _BRIDGE)

    def kill(self) -> None:
        """Kill what was started here by ``python``, as a power cut would."""
        for process in self._started:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self._started.clear()

    def runs(self) -> bool:
        """Whether nothing that was started here has ended by itself."""
        return all(process.poll() is None for process in self._started)


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True)
