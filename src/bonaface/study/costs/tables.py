"""Downstream costs and directions of a study, as tables: from what its store has, or reads now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bonaface.io.atomic import write_text
from bonaface.io.tables import read_parquet, write_parquet
from bonaface.study.costs import direction, downstream, readings
from bonaface.study.costs.named import named
from bonaface.study.costs.seen import Seen
from bonaface.study.engine import tables
from bonaface.study.engine.owner import owned
from bonaface.study.engine.run import Progress
from bonaface.study.engine.store import Store, writing_to
from bonaface.study.numbers.intervals import DRAWS
from bonaface.study.numbers.statistics import advice

TABLES = ("downstream", "direction", "named-directions")
"""What is written into the store's folder `tables`, beside the study's own."""
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Costs:
    """What hallucination costs in a study.

    Attributes:
        rows: by table, numbers rounded to six digits.
        notes: what was left out, and what so few people can tell.
    """

    rows: Mapping[str, Sequence[Row]]
    notes: tuple[str, ...]


def costs(
    store: Store, workers: int | None = None, *, draws: int = DRAWS
) -> Iterator[readings.Todo | Progress | Costs]:
    """Read what is not read yet, work out the tables, and write them.

    The tables are the same, byte for byte, however often reading was stopped.

    Args:
        store: of the study.
        workers: processes that read; None: one for each processor.
        draws: of the bootstrap over people.

    Yields:
        What there is to read, how far it is, and last what came of it.

    Raises:
        InputError: as `readings.run`.
        WeightsError: likewise.
    """
    yield from readings.run(store, workers)
    held, notes = readings.seen(store)
    rows: dict[str, list[Row]] = {name: [] for name in TABLES}
    for (framing, side), seen in sorted(held.items(), key=lambda item: (item[0][0], item[0][1] or 0)):
        for name, found in _of(seen, draws).items():
            rows[name] += [{"framing": framing, "side": side, **_rounded(row)} for row in found]
    people = {one.person for seen in held.values() for one in seen}
    few = advice(len(people)) if people else ""
    restorers = {one.restorer for seen in held.values() for one in seen}
    told = Costs(rows, tuple(filter(None, (*notes, _control(restorers), few))))
    with owned(store.folder):
        _write(store, rows)
    yield told


def _of(seen: Sequence[Seen], draws: int) -> dict[str, list[Row]]:
    changes = direction.changes(seen, draws=draws)
    return {
        "downstream": [line.as_dict() for line in downstream.lines(seen, draws=draws)],
        "direction": [change.as_dict() for change in changes],
        "named-directions": list(named(changes)),
    }


def kept(store: Store) -> Costs | None:
    """The tables as they were written last, for a report; None: nobody worked them out.

    Args:
        store: of the study; nothing in it is changed.
    """
    places = {name: store.folder / "tables" / f"{name}.parquet" for name in TABLES}
    if not all(place.is_file() for place in places.values()):
        return None
    rows = {name: _rows(read_parquet(place)) for name, place in places.items()}
    missing = readings.todo(store).missing
    late = f"{missing} pictures of the study are not in these numbers; `bonaface study downstream` takes them in."
    restorers = {row["restorer"] for row in rows["direction"]}
    return Costs(rows, tuple(filter(None, (late if missing else "", _control(restorers)))))


def _rows(columns: Mapping[str, Sequence[Any]]) -> list[Row]:
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _control(names: Iterable[str]) -> str:
    restorers = {*names} - {""}
    if not restorers or downstream.CONTROL in restorers:
        return ""
    return (
        f"The study has no {downstream.CONTROL}, with which others are compared, and without which what readers make "
        f"of blur may pass for what restorers paint. Run the study with --restorers {downstream.CONTROL}, too."
    )


def _rounded(row: Row) -> Row:
    return {name: tables.rounded(value) if isinstance(value, float) else value for name, value in row.items()}


def _write(store: Store, rows: Mapping[str, Sequence[Row]]) -> None:
    for name, held in rows.items():
        names = list(held[0]) if held else ["framing"]
        columns = {column: [row[column] for row in held] for column in names}
        numbers = [column for column in names if not any(isinstance(value, str) for value in columns[column])]
        columns |= {c: [None if v is None else float(v) for v in columns[c]] for c in numbers}
        place = store.folder / "tables" / name
        with writing_to(store.folder):
            write_parquet(place.with_suffix(".parquet"), columns, numbers=numbers, overwrite=True)
            write_text(place.with_suffix(".csv"), tables.as_csv(columns), overwrite=True)
