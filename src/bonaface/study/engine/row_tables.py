"""Tables of what was worked out from a study's pictures: rows in its folder `tables`, beside the study's own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from bonaface.io.tables import read_parquet
from bonaface.study.engine import tables
from bonaface.study.engine.store import Store
from bonaface.study.engine.tables import Columns, Row


def rounded_row(row: Mapping[str, Any]) -> Row:
    """The same with its numbers rounded to `tables.DIGITS`."""
    return {name: tables.rounded(value) if isinstance(value, float) else value for name, value in row.items()}


def write_rows(store: Store, held: Mapping[str, Sequence[Row]], empty: str) -> None:
    """Write tables as Parquet and CSV; all rows of a table have the same keys, and columns without a text are numbers.

    Args:
        store: of the study, which is held by the caller.
        held: rows by table.
        empty: the one column of a table without rows.

    Raises:
        DiskFull: there is no room.
    """
    tables.put(store, _by_columns(held, empty))


def _by_columns(held: Mapping[str, Sequence[Row]], empty: str) -> Iterator[tuple[str, Columns, list[str]]]:
    for name, rows in held.items():
        columns = {column: [row[column] for row in rows] for column in (rows[0] if rows else [empty])}
        numbers = [column for column in columns if not any(isinstance(value, str) for value in columns[column])]
        columns |= {c: [None if v is None else float(v) for v in columns[c]] for c in numbers}
        yield name, columns, numbers


def read_rows(store: Store, names: Iterable[str]) -> dict[str, list[Row]] | None:
    """Tables as they were written last; None: one of them is not there."""
    places = {name: store.folder / "tables" / f"{name}.parquet" for name in names}
    if not all(place.is_file() for place in places.values()):
        return None
    return {name: tables.as_rows(read_parquet(place)) for name, place in places.items()}
