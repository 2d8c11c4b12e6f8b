"""What a study's tables come to: restorers ranked by the damage that they leave, measure by measure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from bonaface.core.errors import InputError
from bonaface.measure import MEASURES
from bonaface.study.engine import tables
from bonaface.study.engine.store import Store
from bonaface.study.numbers.intervals import DRAWS
from bonaface.study.numbers.statistics import Place, Values, ranking
from bonaface.study.numbers.strata import within
from bonaface.study.plan.contenders import is_photograph


@dataclass(frozen=True, slots=True)
class Ranking:
    """Restorers by one measure on one grid.

    Attributes:
        measure: its id.
        grid: on which it was taken.
        unit: of it.
        better: "higher" or "lower".
        places: from the least damage on; no interval reaches beyond what the measure can be.
        people: whose faces are in it.
        left_out: restorers without a number on this grid.
        infinite: numbers that were left out as infinite: outputs equal to the truth.
        unpaired: numbers that were left out because another restorer lacks one on the same picture.
    """

    measure: str
    grid: str
    unit: str
    better: str
    places: tuple[Place, ...]
    people: int
    left_out: tuple[str, ...] = ()
    infinite: int = 0
    unpaired: int = 0

    @property
    def asides(self) -> list[str]:
        """What a reader must know beside the places, a clause each."""
        out = []
        if self.measure in MEASURES and "truth" not in MEASURES[self.measure].given:
            out.append("looks at no truth: what is invented may score well, and it is not to be ranked by alone")
        if self.left_out:
            out.append(f"no number here: {', '.join(self.left_out)}")
        if self.infinite:
            out.append(f"{self.infinite} infinite values (outputs equal to the truth) are left out")
        if self.unpaired:
            out.append(f"{self.unpaired} numbers are left out, since a restorer lacks one on the same picture")
        return out


def rankings(store: Store, degradation: str | None = None, *, draws: int = DRAWS) -> list[Ranking]:
    """A ranking for each measure that says which way is better, and each grid.

    Args:
        store: of the study.
        degradation: only of that name; None: the mean over all of them.
        draws: of the bootstrap over people.

    Raises:
        InputError: no such degradation in the study.
    """
    measured = tables.rows_of(store, "measures")
    rows = [row for row in measured if row["part"] == "" and row["better"] in ("higher", "lower")]
    # Of real photographs there is one for each face, whatever was done to the others: pairs would be few.
    rows = [row for row in rows if not is_photograph(row["restorer"])]
    if degradation is not None:
        known = sorted({row["degradation"] for row in rows})
        if degradation not in known:
            raise InputError(f"The study has no degradation {degradation!r}; it has {', '.join(known) or 'none'}.")
        rows = [row for row in rows if row["degradation"] == degradation]
    asked = {(row["measure"], row["grid"]) for row in rows}
    order = {name: i for i, name in enumerate(MEASURES.ids)}
    return [
        _ranked([row for row in rows if (row["measure"], row["grid"]) == each], draws)
        for each in sorted(asked, key=lambda each: (order.get(each[0], len(order)), each[1] != "truth", each[1]))
    ]


def _ranked(rows: Sequence[dict[str, Any]], draws: int) -> Ranking:
    values: dict[str, dict[tuple[str, str], float]] = {}
    infinite = 0
    for row in rows:
        found = values.setdefault(row["restorer"], {})
        if row["value"] is not None and not math.isinf(row["value"]):
            found[row["person"], _picture(row)] = row["value"]
        infinite += row["value"] is not None and math.isinf(row["value"])
    ranked: dict[str, Values] = {name: found for name, found in values.items() if found}
    common = set.intersection(*(set(found) for found in ranked.values())) if ranked else set()
    first = rows[0]
    places = ranking(ranked, higher_is_better=first["better"] == "higher", draws=draws)
    return Ranking(
        first["measure"],
        first["grid"],
        first["unit"],
        first["better"],
        tuple(replace(place, estimate=within(place.estimate, first["measure"])) for place in places),
        len({person for person, _ in common}),
        tuple(sorted(set(values) - set(ranked))),
        infinite,
        sum(len(found) - len(common) for found in ranked.values()),
    )


def _picture(row: dict[str, Any]) -> str:
    """What was done to which face, for pairing: the seed of what is random counts, too."""
    return "|".join(str(row[name]) for name in ("face", "framing", "side", "degradation", "seed"))
