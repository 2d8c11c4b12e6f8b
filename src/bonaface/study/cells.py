"""What a result depends on: the keys by which a store knows what is done."""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from bonaface.core.errors import InputError
from bonaface.graphs.engines import chosen
from bonaface.io.provenance import describe_machine_free_versions
from bonaface.io.weights import known_sha256
from bonaface.measure.record import Measure
from bonaface.study.plans import Contender, Damage, Grid, Plan

STEPS = 1
"""Of `feeding`: raised whenever the same face, damage and restorer give other pixels."""
SCORING = 1
"""Of `scoring`: raised whenever the same pixels are brought to a measure in another way."""
AUDIT = 1
"""Of the audit as a study uses it: raised whenever the same pixels give other findings."""
_LIBRARIES = ("numpy", "opencv", "dlib", "pillow")
"""They resize, draw numbers, encode and find landmarks."""


def canonical(value: Any) -> str:
    """JSON with sorted keys and no spaces: equal values give equal texts, whatever the order of their keys.

    Raises:
        InputError: what has no JSON form, NaN and infinite numbers included.
    """
    try:
        return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise InputError(f"{value!r} has no JSON form ({error}); expected texts, numbers, lists and tables.") from error


def digest(value: Any) -> str:
    """SHA-256 of the canonical form, in hexadecimal."""
    return hashlib.sha256(canonical(value).encode("ascii")).hexdigest()


@dataclass(frozen=True, slots=True)
class Cell:
    """One output, by everything that can change it.

    Attributes:
        face: SHA-256 of the file's bytes, or "missing:" and its name.
        framing: how the face is cut out.
        side: that it is reduced to; None: as it is.
        degradation: `Damage.id`.
        restorer: its id.
        knobs: of it.
        weights: SHA-256 of its files, by name.
        engine: what computes it ("onnxruntime"), or "none".
        seed: of the damage and the restorer.
        versions: of the libraries that make pixels, and of `feeding`.
    """

    face: str
    framing: str
    side: int | None
    degradation: str
    restorer: str
    knobs: Mapping[str, Any]
    weights: Mapping[str, str]
    engine: str
    seed: int
    versions: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """SHA-256 of all of it."""
        return digest({"cell": {name: _plain(value) for name, value in _fields(self).items()}})


def cell_of(face: str, plan: Plan, damage: Damage, contender: Contender, seed: int) -> Cell:
    """The cell of one face in a plan.

    Raises:
        WeightsError: a file whose content only it can tell is not here.
    """
    engine = engine_of(contender)
    return Cell(
        face=face,
        framing=plan.framing,
        side=plan.side,
        degradation=damage.id,
        restorer=contender.restorer,
        knobs=contender.knobs,
        weights={weights.name: known_sha256(weights) for weights in contender.card.weights},
        engine=engine,
        seed=seed,
        versions=versions(engine),
    )


def engine_of(contender: Contender) -> str:
    """What computes a restorer here, as it is part of the key."""
    card = contender.card
    if not card.weights:
        return "none"
    if "engine" not in {knob.name for knob in card.knobs}:
        return "onnxruntime"
    return chosen(str(contender.knobs.get("engine", "auto")), str(contender.knobs.get("device", "cpu")))


@functools.cache
def versions(engine: str) -> dict[str, str]:
    """Of what makes pixels: `STEPS`, the libraries, and the engine."""
    known = describe_machine_free_versions()
    out = {"steps": str(STEPS)} | {name: known[name] for name in _LIBRARIES}
    return out if engine == "none" else out | {engine: _engine_version(engine, known)}


def _engine_version(engine: str, known: Mapping[str, str]) -> str:
    if engine in known:
        return known[engine]
    import importlib.metadata

    try:
        return importlib.metadata.version(engine)
    except importlib.metadata.PackageNotFoundError:
        return "unknown"


def measure_key(cell: str, measure: Measure, grid: Grid) -> str:
    """Of one measure of one output on one grid.

    Args:
        cell: the output's key.
        measure: its card.
        grid: on which it is measured.
    """
    weights = {card.name: known_sha256(card) for card in measure.weights}
    return digest([cell, "measure", measure.id, measure.version, weights, grid.id, SCORING])


def audit_key(cell: str) -> str:
    """Of the audit of one output."""
    return digest([cell, "audit", AUDIT])


def seed_of(*parts: Any) -> int:
    """A seed of 128 bits that follows from `parts`: every face and damage has numbers of its own, in any order."""
    return int(digest(list(parts))[:32], 16)


def _fields(cell: Cell) -> dict[str, Any]:
    return asdict(cell)


def _plain(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else value
