"""Do again, with what is here, what a report on reproducing GFP-GAN did (S1 in the documentation).

Faces of CelebA and UTKFace are damaged as the report damaged them, and by blur, reduction, noise and JPEG, each raised
alone until the curve breaks; then they are restored by every restorer whose weights are here, and measured. Bicubic
stands for what the report calls input: the damaged picture in its old size.

    python examples/reproduce_gfpgan_report.py --faces 5 --out FOLDER [--data FOLDER] [--downstream]

Stopped at any time, the same command goes on where it was; with more faces it adds those. FID needs hundreds of faces,
and the report's third data set (WIDER FACE) is not among ours: both are left out.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bonaface.bench.leaks import CELEBA_VAL_IN_CELEBAMASK
from bonaface.study.costs.tables import Costs, costs
from bonaface.study.engine import tables
from bonaface.study.engine.run import Progress, Todo, run
from bonaface.study.engine.store import Store
from bonaface.study.numbers.curves import knee_rows
from bonaface.study.numbers.intervals import mean_of
from bonaface.study.numbers.statistics import advice
from bonaface.study.plan.builtin import plan_of
from bonaface.study.plan.faces import Subject, subjects
from bonaface.study.plan.plans import Damage, Grid, Plan

DEFAULT = Path(os.environ.get("BONAFACE_DATA", Path(__file__).parents[2] / "shared/data"))
SETS = {"celeba": "celeba_val.parquet", "utkface": "utkface"}
REPORTED = {  # the report's table of inputs and outputs, 100 pictures each
    ("celeba", "psnr"): (14.400, 13.727), ("celeba", "ssim"): (0.5315, 0.4674),
    ("utkface", "psnr"): (10.374, 9.931), ("utkface", "ssim"): (0.4597, 0.4143),
}  # fmt: skip


def plan() -> Plan:
    """The built-in plan with the report's own damage beside it, and the restorer that comes with Bonaface."""
    breaking = plan_of("breaking-point")
    names = [contender.restorer for contender in breaking.restorers]
    return replace(
        breaking.only([*names, "pro-uigan-compact"]),
        degradations=(Damage.of("s1"), *breaking.degradations),
        grids=(*breaking.grids, Grid("celeba", 128)),  # of which all restorers deliver every pixel
    )


def chosen(where: Path, count: int) -> list[Subject]:
    """As many people as there can be: everybody's first face, then everybody's second."""
    held = defaultdict[str, list[Subject]](list)
    for subject in subjects(where):
        if subject.name not in CELEBA_VAL_IN_CELEBAMASK:  # a restorer was trained on these
            held[subject.person].append(subject)
    rounds = [(number, subject) for each in held.values() for number, subject in enumerate(each)]
    return [subject for _, subject in sorted(rounds, key=lambda one: (one[0], one[1].name))][:count]


def show_table(name: str, rows: Sequence[dict]) -> None:
    """Inputs and outputs after the report's damage, above what it says."""
    table = Table(title=f"{name}: damaged as reported", title_justify="left", box=None, pad_edge=False)
    for heading in ("Measure", "Grid", "Restorer", "Mean", "95% interval", "People"):
        table.add_column(heading, no_wrap=True)
    here = [row for row in rows if row["degradation"] == "s1" and not row["part"]]
    everybody = len({row["person"] for row in here})
    for measure, grid, restorer in dict.fromkeys((row["measure"], row["grid"], row["restorer"]) for row in here):
        mine = [row for row in here if (row["measure"], row["grid"], row["restorer"]) == (measure, grid, restorer)]
        there = [row for row in mine if row["value"] is not None]  # others: no face is found in what is left of it
        found = mean_of([row["value"] for row in there], [row["person"] for row in there])
        interval = found.why if found.low is None else f"{found.low:.4g} to {found.high:.4g}"
        value = "" if found.value is None else f"{found.value:.4g}"
        table.add_row(measure, grid, restorer, value, interval, f"{found.people} of {everybody}")
    for (which, measure), given in REPORTED.items():
        for who, value in zip(("reported: input", "reported: GFP-GAN"), given, strict=True):
            if which == name:
                table.add_row(measure, "not said", who, f"{value:.4g}", "none given", "100 pictures")
    Console(width=max(Console().width, 110)).print(table)


def show_knees(name: str, rows: Sequence[dict]) -> None:
    """Where each curve breaks."""
    whole = [row for row in rows if row["grid"] == "truth" and not row["part"] and row["value"] is not None]
    for row in knee_rows([row for row in whole if abs(row["value"]) != float("inf")]):
        if row["kind"] == "breaks":
            print(
                f"{name}: {row['measure']} of {row['restorer']} breaks at {row['family']} {row['level']:.3g} "
                f"({row['low']:.3g} to {row['high']:.3g}; {row['people']} people)"
            )


def study(name: str, where: Path, count: int, out: Path, workers: int | None) -> Store:
    """Run one study, or go on with it."""
    out.mkdir(parents=True, exist_ok=True)
    for step in run(plan(), chosen(where, count), out / name, workers=workers):
        if isinstance(step, Todo):
            print(f"{name}: {step.cells} outputs, {step.done} of them done before.", *step.notes, sep="\n  ")
        elif isinstance(step, Progress) and step.done == step.total:
            print(f"{name}: {step.total} done, {step.failed} failed.")
    return Store.opened(out / name)


def main() -> None:
    """Both data sets, one after the other."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--faces", type=int, default=5, help="of each data set; people first")
    parser.add_argument("--out", type=Path, required=True, help="folder for both studies")
    parser.add_argument("--data", type=Path, default=DEFAULT)
    parser.add_argument("--sets", nargs="+", choices=SETS, default=list(SETS))
    parser.add_argument("--workers", type=int, help="processes; else one for each processor")
    parser.add_argument("--downstream", action="store_true", help="also recognition, expressions and directions")
    arguments = parser.parse_args()
    missing = [
        str(arguments.data / SETS[name]) for name in arguments.sets if not (arguments.data / SETS[name]).exists()
    ]
    if missing:
        sys.exit(f"There is no {missing[0]}. Name the folder of faces with --data or BONAFACE_DATA.")
    for name in arguments.sets:
        store = study(name, arguments.data / SETS[name], arguments.faces, arguments.out, arguments.workers)
        rows = tables.rows_of(store, "measures")
        show_table(name, rows)
        show_knees(name, rows)
        if arguments.downstream:
            told = [step for step in costs(store, arguments.workers) if isinstance(step, Costs)][-1]
            print(
                f"{name}: {len(told.rows['downstream'])} numbers on recognition and expressions",
                *told.notes,
                sep="\n  ",
            )
        print(advice(len({row["person"] for row in rows})), f"Tables: {store.folder / 'tables'}", sep="\n")


if __name__ == "__main__":
    main()
