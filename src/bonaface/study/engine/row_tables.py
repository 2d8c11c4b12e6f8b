"""Tables of what was worked out from a study's pictures: rows in its folder `tables`, beside the study's own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bonaface.io.atomic import write_text
from bonaface.io.tables import read_parquet, write_parquet
from bonaface.study.engine import tables
from bonaface.study.engine.store import Store, writing_to

Row = dict[str, Any]


def as_rows(columns: Mapping[str, Sequence[Any]]) -> list[Row]:
    """The rows of a table that is held by columns."""
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


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
    for name, rows in held.items():
        names = list(rows[0]) if rows else [empty]
        columns = {column: [row[column] for row in rows] for column in names}
        numbers = [column for column in names if not any(isinstance(value, str) for value in columns[column])]
        columns |= {c: [None if v is None else float(v) for v in columns[c]] for c in numbers}
        place = store.folder / "tables" / name
        with writing_to(store.folder):
            write_parquet(place.with_suffix(".parquet"), columns, numbers=numbers, overwrite=True)
            write_text(place.with_suffix(".csv"), tables.as_csv(columns), overwrite=True)
    store.publish([store.folder / "tables" / f"{name}.{ending}" for name in held for ending in ("parquet", "csv")])


def read_rows(store: Store, names: Iterable[str]) -> dict[str, list[Row]] | None:
    """Tables as they were written last; None: one of them is not there."""
    places = {name: store.folder / "tables" / f"{name}.parquet" for name in names}
    if not all(place.is_file() for place in places.values()):
        return None
    return {name: as_rows(read_parquet(place)) for name, place in places.items()}
