"""A study of expressions summed up: the stand-ins for S0's ratings, from a store's measures and pictures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bonaface.degrade import Unchanged, stable_id
from bonaface.io.pictures import read_picture
from bonaface.study.engine import tables
from bonaface.study.engine.store import Store
from bonaface.study.numbers.dependency import Pattern, dependency, pattern
from bonaface.study.numbers.intervals import DRAWS
from bonaface.study.numbers.ratings import PD, STAND_INS, Row, Value, rating_of, rating_rows
from bonaface.study.plan.contenders import is_control, is_photograph

_UNCHANGED = stable_id(Unchanged())


def ratings(store: Store, *, draws: int = DRAWS) -> list[Row] | None:
    """The ratings of a study, as `numbers.ratings.rating_rows` has them; None where nobody edited expressions in it.

    Args:
        store: of the study; nothing in it is changed.
        draws: of the bootstraps.
    """
    cells = [row for row in tables.rows_of(store, "cells") if row["target"]]
    if not cells:
        return None
    undamaged = next((row["degradation"] for row in cells if row["degradation_id"] == _UNCHANGED), None)
    damages = _ordered(cells, undamaged)
    done = [row for row in cells if row["status"] == "ok"]
    values = [*_measured(tables.rows_of(store, "measures")), *_dependencies(store, done, undamaged)]
    order = {row["restorer"]: i for i, row in enumerate(_by_target(cells))}
    values.sort(key=lambda value: order[value.editor])
    return rating_rows(values, damages, undamaged, draws=draws)


def _ordered(cells: Sequence[Row], undamaged: str | None) -> tuple[str, ...]:
    """Noisy before denoised, as they are made: by family, and within it the other way round than by name."""
    family = {row["degradation"]: row["family"] or "" for row in cells}
    names = sorted((name for name in family if name != undamaged), reverse=True)
    names.sort(key=lambda name: (family[name], len(name)))
    return (*([] if undamaged is None else [undamaged]), *names)


def _by_target(cells: Sequence[Row]) -> list[Row]:
    """What editors stand beside comes first, expression by expression."""
    return sorted(cells, key=lambda row: (row["target"], not is_control(row["restorer"]), row["restorer"]))


def _measured(measures: Sequence[Row]) -> Iterator[Value]:
    """Ratings that are measures of one output; of a measure's grids, the first in their order."""
    first: dict[str, str] = {}
    for row in sorted(measures, key=lambda row: (row["grid"] != "truth", row["grid"])):
        first.setdefault(row["measure"], row["grid"])
    found: dict[tuple[str, str, str], Row] = {}
    for row in measures:
        if row["target"] and row["grid"] == first[row["measure"]]:
            found[row["cell"], row["measure"], row["part"]] = row
    for (cell, measure, part), row in found.items():
        if part:
            continue
        for stand_in in STAND_INS:
            if stand_in.measure == measure:
                # Where there is no number, there are no parts either.
                told = found.get((cell, measure, stand_in.part), row if row["value"] is None else None)
                if told is not None:
                    value, why = rating_of(stand_in, told["value"], told["why"] or "")
                    yield Value(stand_in.id, *_about(row), value, why, _control(row))


def _dependencies(store: Store, cells: Sequence[Row], undamaged: str | None) -> Iterator[Value]:
    """Prompt dependency needs the outputs themselves; of real photographs and without a comparison there is none."""
    groups: dict[tuple[str, int], dict[str, list[Row]]] = {}
    for row in cells:
        if not is_photograph(row["restorer"]):
            groups.setdefault((row["restorer"], int(row["seed"])), {}).setdefault(row["degradation"], []).append(row)
    people = {row["face"]: row["person"] for row in cells}
    for (_, _), by_damage in groups.items():
        references = _patterns(store, by_damage.get(undamaged or "", []))
        for damage, rows in by_damage.items():
            if damage == undamaged:
                continue
            found = dependency(_patterns(store, rows), references, people)
            for row in rows:
                value = found.get(row["face"])
                why = "" if value is not None else "nobody else's output to compare with, or none without damage"
                yield Value(PD.id, *_about(row), value, why, _control(row))


def _patterns(store: Store, rows: Sequence[Row]) -> dict[str, Pattern]:
    out = {}
    store.gather(row["output"] for row in rows)
    for row in rows:
        place = store.picture(row["output"])
        if place.is_file() and (made := pattern(read_picture(place, 1).image())) is not None:
            out[row["face"]] = made
    return out


def _control(row: Mapping[str, Any]) -> str:
    return "yes" if is_control(row["restorer"]) else "no"


def _about(row: Mapping[str, Any]) -> tuple[str, str, str, str, int]:
    return row["restorer"], row["degradation"], row["face"], row["person"], int(row["seed"])
