"""Measure how often the attribute and the expression reader err, and write it beside their weights.

    python scripts/reader_figures.py ../shared/data [RUNS]

Attributes: on `celeba_val`, whose people the reader never saw; intervals by a bootstrap over people. An attribute with
fewer than 30 faces there is measured by cross-validation instead, where RUNS holds its runs (`attributes-fold-0` to
`attributes-fold-3`, recipe `attributes` with `--set held_back=4 --set fold=K` on both files).
Expressions: on the fifth of the people that the reader never saw, in colour or grey as they are, and all turned grey;
and on `london`, which it never saw either.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bonaface.api.wiring import tools
from bonaface.core.images import Image, to_image
from bonaface.faces.crops import CELEBA, cut, to_crop
from bonaface.graphs.bundled import ATTRIBUTES, EXPRESSION
from bonaface.io.weights import find_weights
from bonaface.measure.attributes import NAMES, AttributeReader
from bonaface.measure.expression import NAMES as EXPRESSIONS
from bonaface.measure.expression import ExpressionReader
from bonaface.train.faces import FaceData, open_faces
from bonaface.train.splits import fold_of_people, held_back_identities, people_of

WEIGHTS = Path(__file__).parents[1] / "src/bonaface/weights"
DRAWS = 2000
RARE = 30
Bools = NDArray[np.bool_]


def main() -> None:
    """See the module."""
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    data = Path(sys.argv[1])
    runs = Path(sys.argv[2]) if len(sys.argv) > 2 else None
    attributes(data, runs)
    expressions(data)


def in_batches(read: Callable[[list[Image]], NDArray[np.float64]], faces: FaceData) -> NDArray[np.float64]:
    """What a reader says of pictures that are crops already."""
    parts = [
        read([to_image(faces.picture(i)) for i in range(start, min(len(faces), start + 64))])
        for start in range(0, len(faces), 64)
    ]
    return np.concatenate(parts)


def attributes(data: Path, runs: Path | None) -> None:
    """Write attributes.json and print a table."""
    columns = ("attr_*", "identity")
    faces = open_faces(data / "celeba_val.parquet", columns)
    said = in_batches(AttributeReader({ATTRIBUTES.name: find_weights(ATTRIBUTES)}), faces) > 0.5
    true = np.stack([faces.columns[f"attr_{name}"] for name in NAMES], 1)
    people = faces.columns["identity"]
    crossed = cross_validated(data, runs, columns) if runs is not None else None
    kinds = ("balanced_accuracy", "miss_rate", "false_rate")
    result: dict[str, dict[str, list[float] | None]] = {kind: {} for kind in kinds}
    measured_on: dict[str, str] = {}
    for k, name in enumerate(NAMES):
        rare = min(true[:, k].sum(), (~true[:, k]).sum()) < RARE
        source = (said, true, people)
        measured_on[name] = f"celeba_val, {true[:, k].sum()} with and {(~true[:, k]).sum()} without"
        if rare and crossed is not None:
            source = crossed
            measured_on[name] = f"cross-validation, {crossed[1][:, k].sum()} with, {(~crossed[1][:, k]).sum()} without"
        rates = rates_of(source[0][:, k], source[1][:, k], source[2])
        for kind, rate in zip(kinds, rates, strict=True):
            result[kind][name] = rate
        print(f"{name:22s} {rates[0]}  miss {rates[1]}  false {rates[2]}  ({measured_on[name]})")
    values = [rate[0] for rate in result["balanced_accuracy"].values() if rate]
    on_val = [rates_of(said[:, k], true[:, k], people, draws=0)[0][0] for k in range(len(NAMES))]
    mean = bootstrap(lambda rows: mean_balanced(said[rows], true[rows]), people)
    print(
        f"mean balanced accuracy on celeba_val {np.mean(on_val):.4f}, interval {mean[1:]}; "
        f"as listed {np.mean(values):.4f}"
    )
    text = {"mean_balanced_accuracy": mean, **result, "measured_on": measured_on}
    (WEIGHTS / "attributes.json").write_text(json.dumps(text, indent=1) + "\n")


def cross_validated(data: Path, runs: Path, columns: tuple[str, ...]) -> tuple[Bools, Bools, NDArray[np.int64]] | None:
    """What readers trained on the other identities say of each face of both files; None without their runs."""
    checkpoints = sorted(runs.glob("attributes-fold-*/reader.safetensors"))
    if not checkpoints:
        return None
    from bonaface.train.attributes import read_logits
    from bonaface.train.checkpoints import load_part, read_header
    from bonaface.train.faces import merged
    from bonaface.train.nets.reader import FaceReader

    faces = merged([open_faces(data / f"celeba_{part}.parquet", columns) for part in ("train", "val")])
    said, seen = np.zeros((len(faces), len(NAMES)), np.bool_), np.zeros(len(faces), np.bool_)
    for checkpoint in checkpoints:
        config = read_header(checkpoint).config
        rows = np.flatnonzero(held_back_identities(faces.columns["identity"], config["held_back"], config["fold"]))
        network = FaceReader(len(NAMES), config["width"]).eval()
        load_part(checkpoint, network)
        said[rows], seen[rows] = read_logits(network, faces.select(rows)) > 0, True
    chosen = np.flatnonzero(seen)
    true = np.stack([faces.columns[f"attr_{name}"] for name in NAMES], 1)
    return said[chosen], true[chosen], faces.columns["identity"][chosen]


def rates_of(said: Bools, true: Bools, people: NDArray[np.int64], draws: int = DRAWS) -> list[list[float]]:
    """Balanced accuracy, miss rate and false rate, each with its interval."""

    def miss(rows: NDArray[np.int64]) -> float:
        return float((~said[rows])[true[rows]].mean()) if true[rows].any() else np.nan

    def false(rows: NDArray[np.int64]) -> float:
        return float(said[rows][~true[rows]].mean()) if (~true[rows]).any() else np.nan

    kinds = (lambda rows: 1 - (miss(rows) + false(rows)) / 2, miss, false)
    return [bootstrap(kind, people, draws) for kind in kinds]


def mean_balanced(said: Bools, true: Bools) -> float:
    """Over the attributes that have both kinds of faces."""
    with np.errstate(invalid="ignore"):
        both = ((said & true).sum(0) / true.sum(0) + (~said & ~true).sum(0) / (~true).sum(0)) / 2
    return float(np.nanmean(both))


def bootstrap(
    figure: Callable[[NDArray[np.int64]], float], people: NDArray[np.int64], draws: int = DRAWS
) -> list[float]:
    """Value and 95% interval over people, who are drawn with all their pictures."""
    rng = np.random.default_rng(0)
    order = np.argsort(people, kind="stable")
    groups = np.split(order, np.flatnonzero(np.diff(people[order])) + 1)
    value = figure(np.arange(len(people)))
    found = [
        figure(np.concatenate([groups[g] for g in rng.integers(0, len(groups), len(groups))])) for _ in range(draws)
    ]
    good = [each for each in found if np.isfinite(each)]
    low, high = np.percentile(good, [2.5, 97.5]) if good else (value, value)
    return [round(float(x), 4) for x in (value, min(low, value), max(high, value))]


def expressions(data: Path) -> None:
    """Write expression.json and print the confusion matrices."""
    from bonaface.train.expression import labels_of, open_aligned

    reader = ExpressionReader({EXPRESSION.name: find_weights(EXPRESSION)})
    faces = open_aligned(data / "expressions.parquet")
    faces = faces.select(np.flatnonzero(fold_of_people(faces.names, 5) == 0))
    true, people = labels_of(faces), people_of(faces.names)
    result: dict[str, object] = {}
    for kind in ("as they are", "grey"):

        def read(crops: list[Image], kind: str = kind) -> NDArray[np.float64]:
            if kind == "grey":
                crops = [np.repeat((c @ np.array([0.299, 0.587, 0.114], np.float32))[..., None], 3, 2) for c in crops]
            return reader(crops)

        said = in_batches(read, faces).argmax(1)
        figures = expression_figures(said, true, people)
        print(f"{kind}, {len(true)} pictures of {len(np.unique(people))} people: {json.dumps(figures)}")
        if kind == "as they are":
            result = figures
        else:
            result["grey"] = {name: figures[name] for name in ("balanced_accuracy", "confusion")}
    result["london"] = london(data, reader)
    print(f"london: {result['london']}")
    (WEIGHTS / "expression.json").write_text(json.dumps(result, indent=1) + "\n")


def expression_figures(
    said: NDArray[np.int64], true: NDArray[np.int64], people: NDArray[np.int64]
) -> dict[str, object]:
    """Balanced accuracy and recalls with intervals, and the confusion matrix (rows: the label)."""
    there = np.unique(true)

    def balanced(rows: NDArray[np.int64]) -> float:
        return float(np.mean([(said[rows] == k)[true[rows] == k].mean() for k in np.unique(true[rows])]))

    def recall(label: int) -> list[float]:
        def of(rows: NDArray[np.int64]) -> float:
            mine = true[rows] == label
            return float((said[rows] == label)[mine].mean()) if mine.any() else np.nan

        return bootstrap(of, people)

    confusion = [[int(((true == a) & (said == b)).sum()) for b in range(8)] for a in range(8)]
    return {
        "balanced_accuracy": bootstrap(balanced, people),
        "accuracy": bootstrap(lambda rows: float((said[rows] == true[rows]).mean()), people),
        "recall": {name: recall(k) if k in there else None for k, name in enumerate(EXPRESSIONS)},
        "confusion": confusion,
    }


def london(data: Path, reader: ExpressionReader) -> dict[str, object]:
    """How many smiling people are read as happy, and neutral ones as neutral."""
    from bonaface.train.faces import open_faces as read_folder

    found: dict[str, object] = {}
    for folder, expected in (("neutral", "neutral"), ("smiling", "happiness")):
        faces = read_folder(data / "london" / folder)
        crops = []
        for index in range(len(faces)):
            picture = faces.picture(index)
            face = tools().locator.faces(picture)[0]
            crops.append(cut(to_image(picture), to_crop(face.landmarks, 128, CELEBA), 128))
        said = reader(crops).argmax(1)
        right = said == EXPRESSIONS.index(expected)
        found[folder] = {
            "read rightly": bootstrap(lambda rows, right=right: float(right[rows].mean()), np.arange(len(right))),
            "read as": {name: int((said == k).sum()) for k, name in enumerate(EXPRESSIONS)},
        }
    return found


if __name__ == "__main__":
    main()
