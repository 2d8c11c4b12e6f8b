"""Audit real outputs of real models that have a truth, and print one table.

GPEN's inpainting of five faces at 1024 px, and a diffusion posterior sampler (DPS) at 256 px on three tasks. For GPEN
the painted strokes are where the model had to invent: the table says how well the map of invented detail ranks those
pixels above the rest (area under the ROC curve), beside the plain squared error.

    python examples/audit_real_outputs.py [--data FOLDER] [--csv FILE]

The folder of real faces is the one that BONAFACE_DATA names, else ../shared/data.
"""

from __future__ import annotations

import argparse
import csv
import os
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from rich.console import Console
from rich.table import Table
from scipy.stats import rankdata

import bonaface
from bonaface.io.pictures import read_picture

DEFAULT = Path(os.environ.get("BONAFACE_DATA", Path(__file__).parents[2] / "shared/data"))
VERDICTS = ("invented", "altered", "lost", "kept")
COLUMNS = ("task", "case", *VERDICTS, "angle", "psnr", "gain", "offset", "auroc", "auroc-se")


def cases(data: Path) -> Iterator[tuple[str, Path, Path, Path]]:
    """Task, output, truth and damaged picture."""
    gpen = data / "restored/gpen_inpainting"
    for output in sorted((gpen / "output").iterdir()):
        yield "GPEN inpainting", output, data / "ffhq10" / f"{output.stem}.png", gpen / "input" / output.name
    for task in ("super_resolution", "gaussian_blur", "inpainting"):
        folder = data / f"restored/dps_{task}"
        for output in sorted((folder / "output").iterdir()):
            yield (
                f"DPS {task.replace('_', ' ')}",
                output,
                folder / "truth" / output.name,
                folder / "input" / output.name,
            )


def strokes(damaged: Path, truth: Path) -> np.ndarray:
    """Where the picture was painted over: some channel differs by more than 0.25; opened with a 5x5 square."""
    difference = np.abs(read_picture(damaged).image() - read_picture(truth).image()).max(axis=2) > 0.25
    return cv2.morphologyEx(difference.astype(np.uint8), cv2.MORPH_OPEN, np.ones((5, 5))) > 0


def auroc(scores: np.ndarray, positive: np.ndarray) -> float:
    """Probability that a positive pixel scores above another one; ties count half."""
    ranks = rankdata(scores.ravel())
    chosen = positive.ravel()
    count = int(chosen.sum())
    return float((ranks[chosen].sum() - count * (count + 1) / 2) / (count * (chosen.size - count)))


def row(task: str, output: Path, truth: Path, damaged: Path) -> dict[str, str]:
    """One audit as a row of the table."""
    ledger = bonaface.audit(output, truth, damaged)
    verdicts = Counter(str(f.verdict) for f in ledger.findings if f.aspect == "texture" and f.region != "background")
    angle = next(f.score.value for f in ledger.findings if f.aspect == "identity")
    measures = {name: score.value for name, score in ledger.measures.items()}
    cells = {
        "task": task,
        "case": output.stem,
        **{verdict: str(verdicts[verdict]) for verdict in VERDICTS},
        "angle": "no face" if angle is None else f"{angle:.1f}",
        "psnr": f"{measures['psnr']:.2f}",
        "gain": f"{measures['tone-gain']:.3f}",
        "offset": f"{measures['tone-offset']:+.1f}",
    }
    if task == "GPEN inpainting":
        painted = strokes(damaged, truth)
        error = ((read_picture(output).image() - read_picture(truth).image()) ** 2).mean(axis=2)
        cells |= {
            "auroc": f"{auroc(ledger.maps['invented'], painted):.4f}",
            "auroc-se": f"{auroc(error, painted):.4f}",
        }
    return cells


def main() -> None:
    """Audit them all; the table goes to the screen and, if asked, to a CSV file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DEFAULT)
    parser.add_argument("--csv", type=Path)
    parser.add_argument("--first", type=int, help="only so many of each task")
    arguments = parser.parse_args()
    if not (arguments.data / "restored").is_dir():
        sys.exit(f"There is no folder {arguments.data / 'restored'}. Name the data with --data or BONAFACE_DATA.")
    title = "Texture verdicts over the regions of the face x 4 bands; identity angle in degrees; tone in luminance"
    table = Table(title=title, box=None, pad_edge=False)
    for name in COLUMNS:
        table.add_column(name, justify="left" if name in ("task", "case") else "right", no_wrap=True)
    rows = []
    seen: Counter[str] = Counter()
    for case in cases(arguments.data):
        seen[case[0]] += 1
        if arguments.first and seen[case[0]] > arguments.first:
            continue
        rows.append(row(*case))
        table.add_row(*(rows[-1].get(name, "") for name in COLUMNS))
    Console(width=max(Console().width, 130)).print(table)
    values = [(float(r["auroc"]), float(r["auroc-se"])) for r in rows if "auroc" in r]
    means = np.mean(values, axis=0)
    print(f"GPEN: AUROC of the map {means[0]:.4f} on average, least {min(v[0] for v in values):.4f};")
    print(f"      of the squared error {means[1]:.4f} on average, greatest {max(v[1] for v in values):.4f}")
    if arguments.csv:
        with arguments.csv.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, COLUMNS, restval="")
            writer.writeheader()
            writer.writerows(rows)


if __name__ == "__main__":
    main()
