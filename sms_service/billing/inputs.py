"""What can be wrong with an input file as a whole, and how much of one is taken."""

CHUNK = 1 << 20
"""Bytes that are looked through at once; no line and no row of a sheet may be longer."""


class InputFault(Exception):
    """The files can't be taken as they are; one line that names the file."""


class TooMuch(InputFault):
    """A file is larger inside than any honest export: a bomb, or the wrong file."""
