"""The tables of `bonaface bench expression`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

from bonaface.cli.benchtables import new_table, show, value_text

if TYPE_CHECKING:
    from bonaface.bench.expression_numbers import Row
    from bonaface.bench.expression_results import Difference

COLUMNS: Mapping[str, tuple[str, float, int]] = MappingProxyType(
    {
        "ecs": ("ECS", 1.0, 2),
        "openface-similarity": ("FSS", 1.0, 2),
        "qualiclip": ("RS", 1.0, 2),
        "fid": ("FID", 1.0, 1),
        "probability": ("probability", 1.0, 2),
        "identity-angle": ("angle °", 1.0, 1),
        "niqe-face": ("NIQE face", 1.0, 2),
        "psnr": ("PSNR dB", 1.0, 2),
        "mouth-share": ("mouth %", 100.0, 0),
        "mouth-stray": ("stray %", 100.0, 0),
        "kid": ("KID", 1.0, 4),
    }
)
"""By the name of a number: its heading, what it is multiplied by, its digits."""
ALPHA = 0.05
SETS = ("fid", "kid")
WORDS: Mapping[str, str] = MappingProxyType({"happy": "Neutral faces made to smile", "neutral": "Smiles made neutral"})
"""By the expression: what was done."""


def show_target(target: str, rows: Sequence[Row]) -> None:
    """One expression: Table I with the published rows under ours, and what stands beside it."""
    from bonaface.bench.expression_numbers import BESIDE, TABLE_I
    from bonaface.measure.protocols.reggan import REGGAN

    words = f"{WORDS[target]}, {rows[0].n} people"
    table = new_table(f"{words} (S4's table I)", ("",), [COLUMNS[name][0] for name in TABLE_I])
    for row in rows:
        table.add_row(row.who, *(value_text(row.numbers[name], COLUMNS[name], row.n) for name in TABLE_I))
    table.add_section()
    for printed in REGGAN.rows:
        table.add_row(f"S4: {printed.who}", *(_printed(printed.values[name], name) for name in TABLE_I))
    show(table)
    names = [name for name in BESIDE if any(row.numbers[name].value is not None for row in rows)]
    beside = new_table(f"{words}: beside it", ("",), [COLUMNS[name][0] for name in names])
    for row in rows:
        beside.add_row(row.who, *(value_text(row.numbers[name], COLUMNS[name], row.n) for name in names))
    show(beside)


def show_differences(found: Sequence[Difference]) -> None:
    """Editors less each other, on the same people; nothing where there is one only."""
    for target in dict.fromkeys(each.target for each in found):
        ours = [each for each in found if each.target == target]
        names = [name for name in COLUMNS if any(each.number == name for each in ours)]
        title = f"Differences, {target}, person by person; * more than chance (paired t, Holm, 5%)"
        table = new_table(title, ("",), [COLUMNS[name][0] for name in names])
        for first, second in dict.fromkeys((each.first, each.second) for each in ours):
            held = {each.number: each for each in ours if (each.first, each.second) == (first, second)}
            table.add_row(f"{first} less {second}", *(_difference(held.get(name)) for name in names))
        show(table)


def show_reading(rows: Sequence[Row], left_out: Mapping[str, str]) -> None:
    """What was not measured and why, and what keeps the rows from being compared."""
    from bonaface.bench.expression_numbers import CONVENTIONS, REAL, STANDS_IN
    from bonaface.measure.distribution import FEWEST
    from bonaface.measure.protocols.reggan import REGGAN
    from bonaface.study.numbers.intervals import CONVENTION as INTERVALS

    for name, why in left_out.items():
        show(f"Not measured: {name}: {why}")
    for name, (heading, _, _) in COLUMNS.items():
        estimates = [row.numbers[name] for row in rows if row.who != REAL or name in SETS]
        if all(each.value is None for each in estimates):
            stands = f" Meanwhile {STANDS_IN} (beside it)." if name == "openface-similarity" else ""
            show(f"Not measured: {heading} ({name}): {estimates[0].why.rstrip('.')}.{stands}")
        else:
            known = next(each for each in estimates if each.value is not None)
            few = f" Here: {known.why}; fewer than {FEWEST} say little." if name in SETS and known.n < FEWEST else ""
            show(f"{heading}: {CONVENTIONS[name]}.{few}")
    show(
        "The reader errs on real pictures, too: see the row real. An ECS above it is no better smile, but one that is "
        "more like what the reader learnt. Nothing here says whether two pictures show one person."
    )
    show(f"±: half the width of the 95% interval. {INTERVALS}.")
    show(f"Rows of S4 are of other pictures and another classifier: {REGGAN.inputs}. {'; '.join(REGGAN.traps[:4])}.")


def _difference(found: Difference | None) -> str:
    if found is None:
        return ""
    text = value_text(found.paired.difference, COLUMNS[found.number], found.paired.difference.n)
    return text + (" *" if found.p is not None and found.p < ALPHA else "")


def _printed(value: float, name: str) -> str:
    """As S4 prints it: shares to two places, FID to four digits."""
    return f"{value:.4g}" if name == "fid" else f"{value:.2f}"
