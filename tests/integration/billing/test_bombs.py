"""Files that would fill the machine are refused, soon and in little memory; large ones aren't."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from sms_service.commands.billing import billing
from tests.support.bombs import BOMBS, HEADER, ROW, SHEET_BEGINS, SHEET_ENDS, header_row, write_book
from tests.support.environment import service_environment
from tests.support.export_reading import read_apart

MOST_SECONDS = 5
MOST_MEGABYTES = 300
FLAT = 15
"""Megabytes by which memory may grow with ten times the rows."""
CELLS = (
    "<row><c><v>1234567804423</v></c><c><v>20250710</v></c><c><v>{0}</v></c><c><v>1</v></c></row>"
)


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_within_five_seconds_and_300_megabytes(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    write, expected = BOMBS[name]
    write(path)
    reading = read_apart(path)
    assert reading.said is not None
    assert reading.said.startswith(f"{name}: ")
    assert expected in reading.said
    assert "\n" not in reading.said
    assert reading.seconds < MOST_SECONDS
    assert reading.megabytes < MOST_MEGABYTES


def test_who_imports_a_bomb_reads_one_line(sqlite_url: str, tmp_path: Path) -> None:
    path = tmp_path / "laughs.xlsx"
    BOMBS[path.name][0](path)
    environment = service_environment(DATABASE_URL=sqlite_url)
    result = CliRunner().invoke(billing, ["import", str(path)], env=environment)
    assert result.exit_code == 1
    [line] = result.stderr.splitlines()
    assert line.startswith("Error: laughs.xlsx: the workbook declares a document type")


def _csv(path: Path, rows: int) -> Path:
    path.write_text(f"{HEADER}\n{ROW * rows}")
    return path


def _workbook(path: Path, rows: int) -> Path:
    def sheet() -> Iterator[str]:
        yield SHEET_BEGINS + header_row()
        yield from map(CELLS.format, range(rows))
        yield SHEET_ENDS

    return write_book(path, sheet())


@pytest.mark.parametrize(
    ("write", "name", "rows"), [(_csv, "a.csv", 20_000), (_workbook, "a.xlsx", 5_000)]
)
def test_ten_times_the_rows_take_no_more_memory(
    write: Callable[[Path, int], Path], name: str, rows: int, tmp_path: Path
) -> None:
    small, large = (read_apart(write(tmp_path / name, times * rows)) for times in (1, 10))
    assert (small.rows, large.rows) == (rows, 10 * rows)
    assert large.megabytes < small.megabytes + FLAT
