"""``sms-service demo``: everything on this machine, answering real-looking questions."""

import json
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib.resources import files
from pathlib import Path

import click
from rich.console import Console
from rich.text import Text

from sms_service.commands.demo_people import make_demo_people
from sms_service.domain.roles import Role
from sms_service.simulator.household import LINE, Household, HouseholdError, free_port
from sms_service.simulator.questions import Question, questions
from sms_service.simulator.saapa.traps import MIXED

_TODAY = "1405-09-02"
"""The demo data end here: asked on a later day they would rightly be called old."""
_PATIENCE_SECONDS = 20
_PHONE, _NEIGHBOUR = "09120000001", "09120000002"
_PORT = 8000
_ROOM_TO_TRY = {
    "PHONE_DAILY_ANSWERS": "1000",
    "PHONE_DAILY_PARTS": "3000",
    "BILL_DAILY_ANSWERS": "1000",
    "MISSES_PER_HOUR": "60",
}
"""Who tries the service asks more of one phone than anybody else in a day."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One question of the demo and what came of it."""

    question: str
    answer: str | None
    parts: int
    ms: int
    """From handing the text to our webhook until the answer is at the gateway."""
    ok: bool


@click.command()
@click.option("--once", is_flag=True, help="Exit after the run: 0 when every answer is right.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a text.")
@click.option("--port", type=int, help="Where the phone page listens; 8000 or a free one.")
@click.pass_context
def demo(context: click.Context, once: bool, as_json: bool, port: int | None) -> None:
    """Start web, worker, beat, Redis, a simulated gateway and billing interface; ask, and show.

    Stays up for the phone page until Ctrl-C, unless told --once. Needs no network.
    """
    console = Console(stderr=as_json, highlight=False)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    with _folder() as folder, household_of(folder, port) as household:
        try:
            all_right = _run(household, console, as_json)
            if not once:
                _stay(household, console, make_demo_people(household.environment["DATABASE_URL"]))
        except HouseholdError as error:
            raise click.ClickException(str(error)) from None
        except KeyboardInterrupt:
            console.print("\nstopping")
            return
    if once and not all_right:
        context.exit(1)


def _run(household: Household, console: Console, as_json: bool) -> bool:
    started = time.monotonic()
    console.print("starting Redis, the simulated gateway and the database …")
    household.prepare()
    data = files("sms_service.simulator") / "data"
    console.print("importing the demo data …")
    household.run("billing", "import", str(data), "--as-of", "1405-09-01")
    household.start()
    # Up is when a text is answered: the worker takes longer than the web process.
    _ask(household, Question("help", "", ()), _NEIGHBOUR)
    console.print(f"web, worker and beat are up after {time.monotonic() - started:.1f} s\n")
    shown = [_show(_ask(household, asked, _PHONE), console, as_json) for asked in questions()]
    household.interface.stop()
    console.print("the billing interface is away: the imported data answer, with their day\n")
    shown += [_show(_ask(household, a, _PHONE), console, as_json) for a in questions("away")]
    household.interface.start()
    right = sum(one.ok for one in shown)
    console.print(f"{right} of {len(shown)} answers are right")
    return right == len(shown)


def _ask(household: Household, question: Question, phone: str) -> Shown:
    gateway = household.gateway
    since = max((sms.messageid for sms in gateway.outbox()), default=0)
    started = time.perf_counter()
    gateway.text(phone, LINE, question.text)
    try:
        sms = gateway.wait_for(1, since=since, seconds=_PATIENCE_SECONDS)[0]
    except TimeoutError:
        return Shown(question.text, None, 0, _PATIENCE_SECONDS * 1000, ok=False)
    ms = round((time.perf_counter() - started) * 1000)
    right = all(expected in sms.message for expected in question.answer)
    return Shown(question.text, sms.message, sms.parts, ms, right)


def _show(shown: Shown, console: Console, as_json: bool) -> Shown:
    if as_json:
        click.echo(json.dumps(asdict(shown), ensure_ascii=False))
        return shown
    mark = Text("right", "green") if shown.ok else Text("WRONG", "bold red")
    console.print(Text(f"▸ {shown.question}", "bold"))
    console.print(Text(shown.answer or "no answer came", "cyan"))
    console.print(Text(f"  {_counted(shown.parts)}, {shown.ms} ms, ", "dim") + mark + "\n")
    return shown


def _counted(parts: int) -> str:
    return "1 part" if parts == 1 else f"{parts} parts"


def _stay(household: Household, console: Console, password: str) -> None:
    console.print(f"\nThe phone page: {household.url}/simulator/")
    console.print(f"The operator's desk: {household.url}/console/")
    console.print(f"  users: {', '.join(Role)}")
    console.print(f"  the password of each: {password}")
    console.print(f"Logs: {household.folder}")
    console.print("Ctrl-C ends everything.")
    forever = threading.Event()
    while not forever.wait(1):
        if dead := household.dead():
            raise HouseholdError(f"{dead[0]} ended; see {household.log(dead[0])}")


@contextmanager
def _folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="sms-service-demo-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def household_of(folder: Path, port: int | None) -> Household:
    """The demo's household, which nobody has started yet."""
    return Household(
        folder,
        port=port or free_port(_PORT),
        # Who tries the desk has no phone at hand to make codes.
        settings={"TODAY": _TODAY, "CONSOLE_SECOND_FACTOR": "off", **_ROOM_TO_TRY},
        interface_traps=MIXED,
    )
