"""Every table that a report shows, as CSV and Parquet."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bonaface.io.store import write_parquet, write_text
from bonaface.report.study.given import Row
from bonaface.report.words import significant

FOLDER = "tables"
INSIDE = ("values", "features", "strata", "harm")
"""Of the table of pictures: held for the page, and found in other tables."""
TITLES = {
    "ratings": "Expressions: stand-ins for S0's ratings, by editor and damage",
    "features": "Features: severity and shares, by restorer, damage and resolution",
    "rankings": "Rankings of restorers",
    "means": "Means by restorer and damage",
    "strata": "Means by kinds of faces and pictures",
    "breaking": "Breaking points",
    "pictures": "All outputs, the worst first",
    "density": "Keypoints without a partner, by feature",
    "downstream": "Recognition and expressions, by restorer and damage",
    "direction": "Which way attributes move, by restorer, damage and group",
    "descriptions": "Descriptions of outputs beside their originals, by heading",
    "description-means": "Cosines of descriptions, by restorer, damage and heading",
    "named-directions": "Directions with a name, by restorer, damage and group",
}


def write_tables(folder: Path, tables: Mapping[str, Sequence[Row]]) -> list[dict[str, Any]]:
    """Write the tables that have rows; returns their names, titles and numbers of rows.

    Args:
        folder: of the report.
        tables: rows by name; all rows of a table have the same keys. Numbers are rounded to six digits.
    """
    out = []
    for name, rows in tables.items():
        if not rows:
            continue
        names = [key for key in rows[0] if key not in INSIDE]
        columns = {key: [_rounded(row[key]) for row in rows] for key in names}
        numbers = [key for key in names if all(v is None or isinstance(v, float) for v in columns[key])]
        place = folder / FOLDER / name
        write_parquet(place.with_suffix(".parquet"), columns, numbers=numbers)
        write_text(place.with_suffix(".csv"), _csv(columns))
        out.append({"name": name, "title": TITLES.get(name, name), "rows": len(rows)})
    return out


def _rounded(value: Any) -> Any:
    return significant(value) if isinstance(value, float) else value


def _csv(columns: Mapping[str, Sequence[Any]]) -> str:
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(["" if v is None else v for v in row] for row in zip(*columns.values(), strict=True))
    return file.getvalue()
