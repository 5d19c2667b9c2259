"""Whether anything of a person is left: in each column of a database, and in files."""

import base64
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from sqlalchemy import Engine, MetaData

from sms_service.database import reading
from sms_service.ledger.vault import Sealed, Unreadable, Vault


def traces(
    engine: Engine,
    needles: Mapping[str, Sequence[bytes]],
    vaults: Mapping[int, Vault],
    company: Sequence[str] = (),
) -> list[str]:
    """Where any of these bytes stands: ``what in table.column``, of every table there is.

    What was sealed is opened. ``company``: tables of the company's own records, which hold
    bills whoever asks.
    """
    found: dict[str, None] = {}
    there = MetaData()
    there.reflect(engine)
    with reading(engine) as connection:
        for table in there.sorted_tables:
            if table.name in company:
                continue
            for row in connection.exec_driver_sql(f'SELECT * FROM "{table.name}"').mappings():
                for column, value in row.items():
                    for what in _seen(value, needles, vaults):
                        found[f"{what} in {table.name}.{column}"] = None
    return list(found)


def in_files(folders: Iterable[Path], needles: Mapping[str, Sequence[bytes]]) -> list[str]:
    """Where any of these bytes stands in the files of folders."""
    return [
        f"{what} in {path.name}"
        for folder in folders
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        for what, said in needles.items()
        if any(one in path.read_bytes() for one in said)
    ]


def of_phone(e164: str) -> list[bytes]:
    """A phone as it may be written."""
    plain = e164.removeprefix("+98")
    persian = "".join(chr(0x06F0 + int(digit)) for digit in plain)
    return [plain.encode(), persian.encode()]


def _seen(
    value: object, needles: Mapping[str, Sequence[bytes]], vaults: Mapping[int, Vault]
) -> Iterator[str]:
    for form in _forms(value, vaults):
        for what, said in needles.items():
            if any(one in form for one in said):
                yield what


def _forms(value: object, vaults: Mapping[int, Vault]) -> Iterator[bytes]:
    """A value as bytes, and what is sealed in it."""
    if value is None:
        return
    raw = bytes(value) if isinstance(value, (bytes, memoryview)) else None
    if raw is None:
        said = value if isinstance(value, str) else json.dumps(value, default=str)
        yield said.encode()
        yield json.dumps(said, ensure_ascii=False).encode()
        with suppress(ValueError, TypeError):
            version, cipher = json.loads(said)
            raw = base64.b64decode(cipher)
        if raw is None:
            return
    yield raw
    for version, vault in vaults.items():
        with suppress(Unreadable):
            yield vault.open(Sealed(version, raw))
