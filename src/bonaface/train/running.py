"""One start of a training run: its request, what it was asked with, and what it ends with."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bonaface.core.errors import InputError
from bonaface.io.atomic import write_json
from bonaface.train.checkpoints import read_header
from bonaface.train.loop import CHECKPOINT, Settings, train
from bonaface.train.recipes import Recipe

REQUEST = "request.json"
"""What a run was started with, so that --resume needs no more than the folder."""
NAMED_SKIPPED = 5


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for on the command line.

    Attributes:
        config: of the recipe.
        data: places of the faces.
        out: folder of the run.
        starts: trained networks to start from, by role.
        seed: of everything random.
        precision: "no", "bf16" or "fp16".
        workers: processes that decode.
        cpu: stay on the CPU.
        resume: go on from the last checkpoint.
        stop_after: steps of this start; None to go to the end.
    """

    config: Any
    data: tuple[Path, ...]
    out: Path
    starts: Mapping[str, Path]
    seed: int = 0
    precision: str = "no"
    workers: int = 2
    cpu: bool = False
    resume: bool = False
    stop_after: int | None = None


def run(recipe: Recipe, asked: Request) -> Iterator[str]:
    """Train, and say what happened, line by line.

    Raises:
        InputError: no data, nothing to resume, or a run that is there already.
    """
    if asked.resume:
        asked = _as_started(recipe, asked)
    if not asked.data:
        raise InputError(f"Give the faces to learn from with --data: {recipe.data}.")
    task = recipe.make(asked.config, asked.data, asked.seed, asked.starts)
    yield from _about(task)
    if not asked.resume:
        if (asked.out / CHECKPOINT).exists():
            raise InputError(
                f"{asked.out} holds a run already. Pass --resume to go on with it, or choose another --out."
            )
        write_json(asked.out / REQUEST, _plain(recipe, asked), overwrite=True)
    settings = Settings(
        asked.out,
        asked.seed,
        asked.precision,
        asked.workers,
        asked.cpu,
        stop_after=asked.stop_after,
    )
    outcome = train(task, recipe.id, settings, resume=asked.resume)
    minutes = outcome.progress.seconds / 60
    figures = ", ".join(f"{name} {value:.4f}" for name, value in outcome.figures.items())
    state = "finished" if outcome.finished else "stopped; go on with --resume"
    yield f"{recipe.id}: {state} after {minutes:.1f} minutes and {outcome.progress.seen:,} faces. {figures}"
    yield f"Checkpoint: {asked.out / CHECKPOINT}"


def _about(task: Any) -> Iterator[str]:
    faces = getattr(task, "faces", None) or task.data.faces
    yield f"{len(faces):,} faces to learn from, {task.examples.count:,} of them drawn."
    if faces.skipped:
        yield f"{len(faces.skipped):,} pictures are not used:"
        for one in faces.skipped[:NAMED_SKIPPED]:
            yield f"  {one.name}: {one.why}"
        if len(faces.skipped) > NAMED_SKIPPED:
            yield f"  and {len(faces.skipped) - NAMED_SKIPPED:,} more"


def _plain(recipe: Recipe, asked: Request) -> dict[str, Any]:
    return {
        "recipe": recipe.id,
        "data": [str(place.resolve()) for place in asked.data],
        "starts": {role: str(file.resolve()) for role, file in asked.starts.items()},
        "seed": asked.seed,
        "precision": asked.precision,
        "workers": asked.workers,
        "cpu": asked.cpu,
    }


def _as_started(recipe: Recipe, asked: Request) -> Request:
    """The request of the first start, from its folder; the configuration from the checkpoint."""
    header = read_header(asked.out / CHECKPOINT)
    if header.recipe != recipe.id:
        raise InputError(f"{asked.out} is a run of the recipe {header.recipe}, not {recipe.id}.")
    file = asked.out / REQUEST
    try:
        stored = json.loads(file.read_text("utf-8"))
    except (OSError, json.JSONDecodeError) as error:
        raise InputError(f"{file} cannot be read ({error}); it says what the run was started with.") from error
    values = {name: tuple(value) if isinstance(value, list) else value for name, value in header.config.items()}
    config = type(asked.config)(**values)
    default = next(iter(recipe.sizes().values()))
    if asked.config not in (default, config):
        raise InputError(
            f"{asked.out} was started with another configuration than --size and --set ask for: {values}. Leave these "
            "options out to go on with it, or choose another --out to start anew."
        )
    data = asked.data or tuple(Path(place) for place in stored["data"])
    starts = asked.starts or {role: Path(place) for role, place in stored["starts"].items()}
    return Request(
        config,
        data,
        asked.out,
        starts,
        stored["seed"],
        stored["precision"],
        asked.workers,
        stored["cpu"],
        True,
        asked.stop_after,
    )
