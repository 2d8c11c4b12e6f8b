"""Measuring many pictures: which belong together, one after another, and the table of results."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bonaface.api.distributions import distances
from bonaface.api.measuring import Measurer, check_target
from bonaface.core.errors import BonafaceError, InputError
from bonaface.core.results import Score, Status
from bonaface.io.atomic import write_text
from bonaface.io.tables import parquet_columns, read_parquet, write_parquet
from bonaface.jobs.audits import Failure, partners, plan

if TYPE_CHECKING:
    from bonaface.measure.record import Measure

TABLES = (".csv", ".parquet")
"""Endings of tables of pairs."""
ALL = "(all)"
"""The name in rows of measures of all pictures at once."""
RESULTS = (".csv", ".json", ".parquet")
"""Endings of tables of results."""
COLUMNS = ("name", "measure", "value", "status", "why")
"""Of a table of results."""
FIELDS = ("output", "truth", "observed", "target", "neutral")
"""Columns that are read of a table of pairs; only the first must be there."""


@dataclass(frozen=True, slots=True)
class Task:
    """One picture to measure, and what belongs to it."""

    name: str
    output: Path
    truth: Path | None = None
    observed: Path | None = None
    target: str | None = None
    neutral: Path | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One number, or why there is none.

    Attributes:
        name: of the picture.
        measure: its id, and a part of it after a colon.
        score: the number.
        notes: of the picture, with the first of its rows.
    """

    name: str
    measure: str
    score: Score
    notes: tuple[str, ...] = ()


def tasks_of(
    outputs: Sequence[Path],
    truth: Path | None,
    observed: Path | None,
    target: str | None,
    neutral: Path | None = None,
) -> tuple[list[Task], list[Failure]]:
    """Which pictures belong together: given files, folders paired by name, or the lines of a table.

    Args:
        outputs: pictures and folders, or one table of pairs.
        truth: a picture, a folder or None.
        observed: likewise.
        target: the expression that was asked for, of all of them.
        neutral: what an editor started from; a picture, a folder or None.

    Returns:
        Tasks, and what has no partner.

    Raises:
        InputError: nothing is left to do, a table without the column "output", or a table among pictures.
        PictureError: a folder without a picture.
    """
    check_target(target)
    tables = [path for path in outputs if path.suffix.lower() in TABLES]
    if tables:
        if len(outputs) > 1 or any(each is not None for each in (truth, observed, target, neutral)):
            raise InputError(
                f"{tables[0]} is a table of pairs: give it alone, without --truth, --observed, --neutral and "
                "--target, which it has as columns."
            )
        return read_tasks(tables[0]), []
    planned, failures = plan(outputs, truth, observed)
    before, _, _ = partners([each.output for each in planned], neutral)
    return [
        Task(each.name, each.output, each.truth, each.observed, target, before.get(each.output)) for each in planned
    ], failures


def read_tasks(path: Path) -> list[Task]:
    """The lines of a table of pairs, in order; paths are meant from its folder on, empty cells are nothing.

    Args:
        path: CSV in UTF-8 with a line of names, or Parquet; columns as `FIELDS`; others are left.

    Raises:
        InputError: it cannot be read, has no column "output", or no lines.
    """
    lines = list(_lines(path))
    if not lines:
        raise InputError(f"{path} holds no lines; expected one for each picture, with its path in the column output.")
    tasks = []
    for number, line in enumerate(lines, 1):
        output, truth, observed, neutral = (
            path.parent / str(line[field]) if line.get(field) else None
            for field in ("output", "truth", "observed", "neutral")
        )
        if output is None:
            raise InputError(f"Line {number} of {path} names no output; expected a path. Fill it in, or take it out.")
        target = str(line["target"]) if line.get("target") else None
        check_target(target)
        tasks.append(Task(str(line["output"]), output, truth, observed, target, neutral))
    names = [task.name for task in tasks]
    twice = next((name for name in names if names.count(name) > 1), None) if len(set(names)) < len(names) else None
    if twice is not None:
        raise InputError(f"{path} names the output {twice} twice; expected each once, since results bear its name.")
    return tasks


def _lines(path: Path) -> Iterable[dict[str, Any]]:
    if path.suffix.lower() == ".parquet":
        there = parquet_columns(path)
        _check_columns(path, there)
        held = read_parquet(path, [name for name in FIELDS if name in there])
        return [dict(zip(held, values, strict=True)) for values in zip(*held.values(), strict=True)]
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            _check_columns(path, reader.fieldnames or [])
            return list(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(
            f"{path} cannot be read as CSV in UTF-8 ({error}). Check that it is the right file."
        ) from error


def _check_columns(path: Path, there: Sequence[str]) -> None:
    if "output" not in there:
        raise InputError(
            f"{path} has the columns {', '.join(there) or '(none)'}; expected output, and, where there are any, truth, "
            "observed, target and neutral. Rename them."
        )


def run(tasks: Sequence[Task], measurer: Measurer, *, parts: bool = False) -> Iterator[Row]:
    """Measure one picture after another: a row for each measure, also where the picture cannot be used.

    Args:
        tasks: what to measure.
        measurer: with its measures.
        parts: a row for each part of a measure too ("lmd:px").
    """
    for task in tasks:
        try:
            measured = measurer(task.output, task.truth, task.observed, task.target, task.neutral)
        except BonafaceError as error:
            for measure in measurer.measures:
                yield Row(task.name, measure.id, Score.failed(str(error), measure.unit))
            continue
        notes = measured.notes
        for name, score in measured.scores.items():
            if parts or ":" not in name:
                yield Row(task.name, name, score, notes)
                notes = ()


def run_sets(
    tasks: Sequence[Task], measures: Sequence[Measure], reference: Path | None, *, force: bool
) -> tuple[list[Row], list[Failure]]:
    """Measure all outputs at once against a reference; every part has a row, since a number without its n is none.

    Args:
        tasks: whose outputs are measured.
        measures: with the scope "set".
        reference: a folder or a file of statistics; None: rows say that there is none.
        force: also under 50 pictures.

    Returns:
        Rows, and the pictures that are not in them.

    Raises:
        InputError: a reference that cannot be used.
    """
    if not measures:
        return [], []
    scores, failed = distances([task.output for task in tasks], reference, measures, force=force)
    named = " and ".join(measure.id for measure in measures)
    failures = [Failure(name, f"not in {named}: {why}") for name, why in failed]
    return [Row(ALL, name, score) for name, score in scores.items()], failures


def check_target_file(path: Path) -> None:
    """Raise before any work where results cannot have this name.

    Raises:
        InputError: another ending.
    """
    if path.suffix.lower() not in RESULTS:
        raise InputError(f"{path} ends in {path.suffix or 'nothing'}; expected {', '.join(RESULTS)}. Rename it.")


def write_rows(path: Path, rows: Sequence[Row], *, overwrite: bool = False) -> None:
    """Write results as CSV, JSON or Parquet, by the ending: `COLUMNS`.

    An infinite value is `inf` in CSV and Parquet; in JSON it is null, with `limit` "+inf" or "-inf".

    Raises:
        OutputExists: something is there already, and `overwrite` is false.
        InputError: the place cannot be written to, or another ending.
    """
    check_target_file(path)
    ending = path.suffix.lower()
    if ending == ".json":
        text = json.dumps([as_dict(row) for row in rows], ensure_ascii=False, indent=1, allow_nan=False)
        write_text(path, text + "\n", overwrite=overwrite)
        return
    lines = [(row.name, row.measure, row.score.value, str(row.score.status), row.score.why) for row in rows]
    if ending == ".parquet":
        columns = {name: [line[i] for line in lines] for i, name in enumerate(COLUMNS)}
        write_parquet(path, columns, numbers=("value",), overwrite=overwrite)
        return
    text_file = io.StringIO()
    table = csv.writer(text_file, lineterminator="\n")
    table.writerow(COLUMNS)
    table.writerows([line[:2] + ("" if line[2] is None else repr(line[2]),) + line[3:] for line in lines])
    write_text(path, text_file.getvalue(), overwrite=overwrite)


def as_dict(row: Row) -> dict[str, Any]:
    """JSON form of a row."""
    score = row.score.as_dict()
    out = {"name": row.name, "measure": row.measure, "value": score["value"], "status": score["status"]}
    out["why"] = row.score.why
    return out | ({"limit": score["limit"]} if "limit" in score else {})


@dataclass(frozen=True, slots=True)
class Summary:
    """One measure over many pictures.

    Attributes:
        measure: its id.
        unit: of its values.
        count: how many pictures have a number; infinite ones are not among them.
        infinite: how many are infinite.
        missing: how many have none.
        mean: of the finite ones; None where there are none.
        median: likewise.
    """

    measure: str
    unit: str
    count: int
    infinite: int
    missing: int
    mean: float | None
    median: float | None


def summarise(rows: Sequence[Row]) -> list[Summary]:
    """Each measure over all pictures: the mean over pictures (of dB, where dB are measured), and the median."""
    import statistics

    out = []
    for name in dict.fromkeys(row.measure for row in rows):
        scores = [row.score for row in rows if row.measure == name]
        values = [score.value for score in scores if score.value is not None]
        finite = [value for value in values if math.isfinite(value)]
        out.append(
            Summary(
                name,
                scores[0].unit,
                len(finite),
                len(values) - len(finite),
                len(scores) - len(values),
                statistics.fmean(finite) if finite else None,
                statistics.median(finite) if finite else None,
            )
        )
    return out


def without_numbers(rows: Sequence[Row], names: Sequence[str]) -> list[Failure]:
    """The measures that were asked for by name and have no number for any picture, though nothing went wrong."""
    out = []
    for name in names:
        scores = [row.score for row in rows if row.measure == name]
        if scores and all(score.status is Status.NOT_APPLICABLE for score in scores):
            out.append(Failure(name, scores[0].why))
    return out


def failures_of(rows: Sequence[Row]) -> list[Failure]:
    """What went wrong, once for each picture and reason."""
    wrong = dict.fromkeys((row.name, row.score.why) for row in rows if row.score.status is Status.FAILED)
    return [Failure(name, why) for name, why in wrong]
