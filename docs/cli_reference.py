"""Writes the list of options in docs/reference/cli.md from the command line itself.

    python docs/cli_reference.py

A test fails while the page says anything else.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from sms_service.cli import app

PAGE = Path(__file__).parent / "reference/cli.md"
BEGIN, END = "<!-- options: begin -->", "<!-- options: end -->"
_LEVEL = "###"


def options() -> str:
    """Every verb with what it does, its arguments and its options."""
    return "\n\n".join(_verb(path, command) for path, command in _verbs(app, ("sms-service",)))


def renewed(page: str) -> str:
    """The page's text with options that are true now."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{options()}\n\n{END}{after}"


def _verbs(
    group: click.Group, path: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from _verbs(command, (*path, name))
        elif command is not None and not command.hidden:
            yield (*path, name), command


def _verb(path: tuple[str, ...], command: click.Command) -> str:
    name = " ".join(path)
    context = click.Context(command, info_name=name)
    usage = " ".join([name, *command.collect_usage_pieces(context)])
    said = " ".join((command.help or "").partition("\f")[0].split())
    records = [one.get_help_record(context) for one in command.params]
    rows = [(option, meaning) for option, meaning in filter(None, records) if meaning]
    table = [f"| `{_plain(option)}` | {_plain(meaning)} |" for option, meaning in rows]
    head = ["| option | meaning |", "|---|---|"] if table else []
    return "\n".join(
        [f"{_LEVEL} {name}", "", f"`{usage}`", "", said, *([""] if table else []), *head, *table]
    )


def _plain(text: str) -> str:
    """As a cell of a table takes it."""
    return " ".join(text.split()).replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(renewed(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    sys.stdout.write("docs/reference/cli.md: options renewed\n")
