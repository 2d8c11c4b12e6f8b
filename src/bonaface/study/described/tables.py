"""Descriptions of a study as tables: from what its store has, or a describer says now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bonaface.api.describing import Asker
from bonaface.core.descriptions import DescriberRefused
from bonaface.study.described import asking
from bonaface.study.described.compared import rows, told
from bonaface.study.described.means import mean_rows
from bonaface.study.described.wanted import Choice, pairs
from bonaface.study.engine.owner import owned
from bonaface.study.engine.row_tables import read_rows, rounded_row, write_rows
from bonaface.study.engine.store import Store
from bonaface.study.engine.tables import Row
from bonaface.study.numbers.intervals import DRAWS

DESCRIPTIONS, MEANS = "descriptions", "description-means"
TABLES = (DESCRIPTIONS, MEANS)
"""What is written into the store's folder `tables`, beside the study's own."""


@dataclass(frozen=True, slots=True)
class Descriptions:
    """What describers tell of a study.

    Attributes:
        rows: by table, numbers rounded to six digits.
        notes: what is left out.
        stopped: why the rest was not asked for; empty: all was.
    """

    rows: Mapping[str, Sequence[Row]]
    notes: tuple[str, ...] = ()
    stopped: str = ""


def describe(
    store: Store,
    asker: Asker,
    choice: Choice,
    repeats: int | None = None,
    *,
    retry_failed: bool = False,
    draws: int = DRAWS,
) -> Iterator[asking.Work | asking.Step | Descriptions]:
    """Ask for what is missing, work out the tables from all that the store has, and write them.

    The tables are the same, byte for byte, however often asking was stopped, and by which choices it was done.

    Args:
        store: of the study.
        asker: asks the describer.
        choice: which cells are asked about.
        repeats: how often each picture is described; by default as often as the describer says.
        retry_failed: ask again for what came and is no description.
        draws: of the bootstrap over people.

    Yields:
        What there is to ask for, how far it is, and last what came of it.

    Raises:
        DescriberRefused: nothing can be described, and nothing was.
        InputError: as `asking.run`.
    """
    stopped = ""
    try:
        yield from asking.run(store, asker, choice, repeats, retry_failed=retry_failed)
    except DescriberRefused as error:
        if not any(row["status"] == "ok" for row in store.rows(asking.TABLE, ("status",))):
            raise
        stopped = str(error)
    held, words_by = told(store)
    found = {DESCRIPTIONS: rows(held), MEANS: mean_rows(held, words_by, draws=draws)}
    out = {name: [rounded_row(row) for row in table] for name, table in found.items()}
    with owned(store):
        write_rows(store, out, "face")
    yield Descriptions(out, _late(store, out), stopped)


def kept(store: Store) -> Descriptions | None:
    """The tables as they were written last, for a report; None: nobody asked.

    Args:
        store: of the study; nothing in it is changed.
    """
    held = read_rows(store, TABLES)
    return None if held is None else Descriptions(held, _late(store, held))


def _late(store: Store, held: Mapping[str, Sequence[Row]]) -> tuple[str, ...]:
    """How many outputs of the study no describer was asked about."""
    there = (
        {row["cell"] for row in held[DESCRIPTIONS]} if held[DESCRIPTIONS] and "cell" in held[DESCRIPTIONS][0] else set()
    )
    made = [pair.cell["cell"] for pair in pairs(store)]
    missing = sum(cell not in there for cell in made)
    note = f"{missing} of {len(made)} outputs are not described: `bonaface study describe` was not asked to."
    return (note,) if missing else ()
