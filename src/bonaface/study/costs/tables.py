"""Downstream costs and directions of a study, as tables: from what its store has, or reads now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bonaface.study.costs import direction, downstream, readings
from bonaface.study.costs.named import named
from bonaface.study.costs.seen import Seen
from bonaface.study.engine.owner import owned
from bonaface.study.engine.row_tables import read_rows, rounded_row, write_rows
from bonaface.study.engine.run import Progress
from bonaface.study.engine.store import Store
from bonaface.study.numbers.intervals import DRAWS
from bonaface.study.numbers.statistics import advice
from bonaface.study.plan.contenders import BASELINE, is_photograph

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
            rows[name] += [{"framing": framing, "side": side, **rounded_row(row)} for row in found]
    people = {one.person for seen in held.values() for one in seen}
    few = advice(len(people)) if people else ""
    told = Costs(rows, tuple(filter(None, (*notes, *_asides(rows["downstream"]), few))))
    with owned(store):
        write_rows(store, rows, "framing")
    yield told


def _of(seen: Sequence[Seen], draws: int) -> dict[str, list[Row]]:
    changes = direction.changes(seen, draws=draws)
    return {
        "downstream": [line.as_dict() for line in downstream.lines(seen, draws=draws)],
        "direction": [change.as_dict() for change in changes],
        "named-directions": list(named(changes)),
    }


def kept(store: Store) -> Costs | None:
    """The tables as they were written last, for a report; None: nobody worked them out, or an older Bonaface did, which
    compared all with one control.

    Args:
        store: of the study; nothing in it is changed.
    """
    rows = read_rows(store, TABLES)
    if rows is None:
        return None
    if any("control" not in row for row in rows["downstream"]):
        return None
    missing = readings.todo(store).missing
    late = f"{missing} pictures of the study are not in these numbers; `bonaface study downstream` takes them in."
    return Costs(rows, tuple(filter(None, (late if missing else "", *_asides(rows["downstream"])))))


def _asides(rows: Sequence[Row]) -> Iterator[str]:
    """Controls that outputs are to be compared with, and that the study does not have; and what photographs are of."""
    there = {row["restorer"] for row in rows}
    if any(row["degradation"] == downstream.ALL and is_photograph(row["restorer"]) for row in rows):
        yield (
            "Real photographs of an expression stand beside undamaged pictures: over all damages they are of fewer "
            "pictures than the others, and better ones."
        )
    for name in sorted({row["control"] for row in rows} - there - {""}):
        if name == BASELINE:
            what, how = f"{name}, with which restorers are compared", f"with --restorers {name}, too"
            without = "what readers make of blur may pass for what restorers paint"
        else:
            what, how = f"{name!r}, with which editors are compared", "again: its pictures were not all made"
            without = "what readers make of noise may pass for what editors change"
        yield f"The study has no {what}, and without which {without}. Run the study {how}."
