"""The tables of a study: sorted, without times, rounded; the same whatever the order in which things were done."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from bonaface.io.atomic import write_text
from bonaface.io.tables import write_parquet
from bonaface.study.engine.store import Store, writing_to

DIGITS = 6
"""Significant digits of numbers: what lies beyond differs between processors."""
# One cell for each place in a study: where weights or libraries changed since, the latest.
_CURRENT = """
    CREATE VIEW current AS
    SELECT cells.* EXCLUDE (face, target), faces.name AS face, faces.person AS person, coalesce(target, '') AS target
    FROM cells JOIN faces ON faces.face = cells.face AND faces.framing = cells.framing
        AND faces.side IS NOT DISTINCT FROM cells.side
    QUALIFY row_number() OVER (
        PARTITION BY faces.name, cells.framing, cells.side, cells.degradation_id, cells.restorer, cells.seed
        ORDER BY cells.batch DESC, cells.cell) = 1
"""
QUERIES: Mapping[str, str] = {
    "faces": """
        SELECT name AS face, person, framing, side, status, why, width, height, found, detector, pose, groups,
            landmarks, truth, face AS sha256
        FROM faces
        ORDER BY name, framing, side NULLS FIRST""",
    "cells": """
        SELECT face, person, framing, side, degradation, restorer, seed, family, level, status, why, engine, width,
            height, observed_width, observed_height, covered, output, observed, to_output, degradation_id, restorer_id,
            target, coalesce(picture, '') AS real, knobs, weights, versions, cell
        FROM current LEFT JOIN (SELECT name AS face, target, framing, side, picture FROM reals)
            USING (face, target, framing, side)
        ORDER BY face, framing, side NULLS FIRST, degradation, degradation_id, restorer, seed""",
    "measures": """
        SELECT c.face, c.person, c.framing, c.side, c.degradation, c.restorer, c.target, c.seed, c.family,
            c.level, m.grid, m.measure, m.part, m.value, m.unit, m.better, m.status, m.why, m.version, c.cell
        FROM measures AS m JOIN current AS c ON c.cell = m.cell
        WHERE c.status = 'ok'
        QUALIFY m.batch = max(m.batch) OVER (PARTITION BY m.cell, m.grid, m.measure)
        ORDER BY c.face, c.framing, c.side NULLS FIRST, c.degradation, c.degradation_id, c.restorer, c.seed, m.grid,
            m.measure, m.part""",
    "findings": """
        SELECT c.face, c.person, c.framing, c.side, c.degradation, c.restorer, c.target, c.seed, c.family,
            c.level, f.region, f.aspect, f.detail, f.verdict, f.severity, f.score, f.floor, f.unit, f.status, f.why,
            f.sentence, c.cell
        FROM findings AS f JOIN current AS c ON c.cell = f.cell
        WHERE c.status = 'ok'
        QUALIFY f.batch = max(f.batch) OVER (PARTITION BY f.cell)
        ORDER BY c.face, c.framing, c.side NULLS FIRST, c.degradation, c.degradation_id, c.restorer, c.seed, f.region,
            f.aspect, f.detail""",
}
"""By table."""
NUMBERS = (
    *("side", "level", "width", "height", "observed_width", "observed_height", "covered", "found"),
    *("value", "severity", "score", "floor"),
)

Columns = dict[str, list[Any]]
Row = dict[str, Any]


def read(store: Store, table: str) -> Columns:
    """A table's columns, by name; numbers rounded to `DIGITS`.

    Args:
        store: of the study.
        table: of `QUERIES`.
    """
    with store.query() as database:
        database.execute(_CURRENT)
        found = database.execute(QUERIES[table])
        names = [column[0] for column in found.description]
        rows = found.fetchall()
    columns = {name: [row[i] for row in rows] for i, name in enumerate(names)}
    columns |= {name: [rounded(value) for value in columns[name]] for name in NUMBERS if name in columns}
    return _with_groups(columns) if table == "faces" else columns


def rows_of(store: Store, table: str) -> list[Row]:
    """A table's rows, as `read` has its columns."""
    return as_rows(read(store, table))


def as_rows(columns: Mapping[str, Sequence[Any]]) -> list[Row]:
    """The rows of a table that is held by columns."""
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def write(store: Store) -> list[Path]:
    """Write all tables, as Parquet and CSV, into the store's folder `tables`; returns their paths.

    Raises:
        DiskFull: there is no room.
    """
    return put(store, ((table, read(store, table), NUMBERS) for table in QUERIES))


def put(store: Store, held: Iterable[tuple[str, Columns, Collection[str]]]) -> list[Path]:
    """Write tables as `write`: of each its name, its columns, and which of them are numbers where they are there.

    Raises:
        DiskFull: there is no room.
    """
    out = list[Path]()
    for name, columns, numbers in held:
        parquet, text = (store.folder / "tables" / f"{name}.{ending}" for ending in ("parquet", "csv"))
        with writing_to(store.folder):
            write_parquet(parquet, columns, numbers=[each for each in numbers if each in columns], overwrite=True)
            write_text(text, as_csv(columns), overwrite=True)
        out += [parquet, text]
    store.publish(out)
    return out


def rounded(value: float | None) -> float | None:
    """To `DIGITS` significant digits.

    >>> rounded(0.12345678)
    0.123457
    """
    return None if value is None else float(f"{value:.{DIGITS}g}")


def as_csv(columns: Mapping[str, Sequence[Any]]) -> str:
    """A table as CSV; what is unknown is empty, whole numbers have no point."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_cell(value) for value in row] for row in zip(*columns.values(), strict=True))
    return file.getvalue()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return str(value)


def _with_groups(columns: Columns) -> Columns:
    """A column for each group, in place of their JSON form."""
    held = [json.loads(text) for text in columns.pop("groups")]
    names = sorted({name for groups in held for name in groups})
    return columns | {f"group_{name}": [groups.get(name) for groups in held] for name in names}
