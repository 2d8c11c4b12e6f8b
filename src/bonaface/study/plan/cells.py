"""What a result depends on: the keys by which a store knows what is done."""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from bonaface.api.snapshots import snapshot_record
from bonaface.core.errors import InputError
from bonaface.edit import EDITORS
from bonaface.graphs.engines import chosen
from bonaface.io.provenance import describe_machine_free_versions
from bonaface.io.weights import known_sha256
from bonaface.measure.record import Measure
from bonaface.study.plan.contenders import PHOTOGRAPH, Asked, Entry
from bonaface.study.plan.plans import Damage, Grid, Plan
from bonaface.study.plan.subject import Subject

STEPS = 1
"""Of `feeding`: raised whenever the same face, damage and restorer give other pixels."""
EDITING = 1
"""Of `editing`: raised whenever the same face, damage, editor and expression give other pixels."""
TELLING = 1
"""Of `edit.mask.told_where`, likewise, of editors that are told where to paint."""
SCORING = 1
"""Of `scoring`: raised whenever the same pixels are brought to a measure in another way."""
AUDIT = 1
"""Of the audit as a study uses it: raised whenever the same pixels give other findings."""
OWN_LAYER = "own expression layer"
"""What a layer of one's own is called among weights: two of the same content are one, wherever they lie."""
_LIBRARIES = ("numpy", "opencv", "dlib", "pillow")
"""They resize, draw numbers, encode and find landmarks."""
_DIFFUSERS = "diffusers"
"""What computes the pipelines of several networks."""
_BENEATH: Mapping[str, tuple[str, ...]] = {_DIFFUSERS: ("torch", "transformers")}
"""Libraries that an engine computes with."""


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
        restorer: its id, or that of the editor.
        knobs: of it.
        weights: SHA-256 of its files, by name.
        engine: what computes it ("onnxruntime"), or "none".
        seed: of the damage and the restorer.
        versions: of the libraries that make pixels, and of `feeding`.
        target: the expression that an editor is asked for; empty: a restorer's.
        real: SHA-256 of the photograph that is the output, as a control; empty: none is.
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
    target: str = ""
    real: str = ""

    @property
    def key(self) -> str:
        """SHA-256 of all of it."""
        held = {name: _plain(value) for name, value in _fields(self).items()}
        for name in ("target", "real"):
            if not held[name]:  # keys of restorations are older than editors
                del held[name]
        return digest({"cell": held})


@dataclass(frozen=True, slots=True)
class Place:
    """A cell in its plan.

    Attributes:
        cell: what its output depends on.
        damage: of it.
        contender: likewise.
        real: id of the picture that an editor's output is compared with; empty: there is none; None: a restorer's.
    """

    cell: Cell
    damage: Damage
    contender: Entry
    real: str | None


def cells_of(subject: Subject, plan: Plan) -> Iterator[Place]:
    """The cells of one face. Real photographs stand beside editors only where there are such.

    Raises:
        WeightsError: as `cell_of`.
    """
    for damage, contender, seed in plan.combinations():
        real = None
        if contender.target:
            real = subject.real[contender.target].id if contender.target in subject.real else ""
        if contender.model != PHOTOGRAPH:
            yield Place(cell_of(subject.id, plan, damage, contender, seed), damage, contender, real)
        elif real:
            yield Place(cell_of(subject.id, plan, damage, contender, seed, real), damage, contender, "")


def cell_of(face: str, plan: Plan, damage: Damage, contender: Entry, seed: int, real: str = "") -> Cell:
    """The cell of one face in a plan.

    Args:
        face: its id.
        plan: of it.
        damage: of the plan.
        contender: likewise.
        seed: likewise.
        real: id of the photograph that is the output.

    Raises:
        WeightsError: a file whose content only it can tell is not here.
    """
    engine = engine_of(contender)
    return Cell(
        face=face,
        framing=plan.framing,
        side=plan.side,
        degradation=damage.id,
        restorer=contender.model,
        knobs=contender.knobs,
        weights=weights_of(contender),
        engine=engine,
        seed=seed,
        versions=versions_of(contender, engine),
        target=contender.target,
        real=real,
    )


def weights_of(contender: Entry) -> dict[str, str]:
    """SHA-256 of what a restorer or an editor loads, by name; a layer of one's own by `OWN_LAYER`, whatever its file.

    Raises:
        WeightsError: a file whose content only it can tell is not here.
    """
    out = {weights.name: known_sha256(weights) for weights in contender.card.weights}
    if isinstance(contender, Asked) and contender.card.snapshot is not None:
        out[contender.card.snapshot.id] = _folder_sha256(contender.editor, canonical(contender.knobs))
    if isinstance(contender, Asked) and contender.layer is not None:
        out[OWN_LAYER] = contender.layer.sha256
    return out


@functools.cache
def _folder_sha256(editor: str, knobs: str) -> str:
    """Of all files that a pipeline of several networks is opened from."""
    return str(snapshot_record(EDITORS[editor], json.loads(knobs))["sha256"])


def engine_of(contender: Entry) -> str:
    """What computes a restorer or an editor here, as it is part of the key."""
    card = contender.card
    if isinstance(contender, Asked) and contender.card.snapshot is not None:
        return _DIFFUSERS
    own = isinstance(contender, Asked) and contender.layer is not None
    if not card.weights and not own:
        return "none"
    if "engine" not in {knob.name for knob in card.knobs}:
        return "onnxruntime"
    return chosen(str(contender.knobs.get("engine", "auto")), str(contender.knobs.get("device", "cpu")))


def versions_of(contender: Entry, engine: str) -> dict[str, str]:
    """Of what makes its pixels, with `engine`."""
    return versions(
        engine, edits=bool(contender.target), told=isinstance(contender, Asked) and contender.told
    )  # fmt: skip


@functools.cache
def versions(engine: str, *, edits: bool = False, told: bool = False) -> dict[str, str]:
    """Of what makes pixels: `STEPS`, the libraries, and the engine with what it stands on; for editors `EDITING`, and
    `TELLING` for those that are told where to paint.
    """
    known = describe_machine_free_versions()
    out = {"steps": str(STEPS)} | {name: known[name] for name in _LIBRARIES}
    out |= {"editing": str(EDITING)} if edits else {}
    out |= {"telling": str(TELLING)} if told else {}
    names = () if engine == "none" else (engine, *_BENEATH.get(engine, ()))
    return out | {name: _engine_version(name, known) for name in names}


def _engine_version(engine: str, known: Mapping[str, str]) -> str:
    if engine in known:
        return known[engine]
    import importlib.metadata

    try:
        return importlib.metadata.version(engine)
    except importlib.metadata.PackageNotFoundError:
        return "unknown"


def measure_key(cell: str, measure: Measure, grid: Grid, real: str | None = None) -> str:
    """Of one measure of one output on one grid.

    Args:
        cell: the output's key.
        measure: its card.
        grid: on which it is measured.
        real: id of the picture that shows the expression in reality, where an editor made the output; empty: there is
            none; None: a restorer made it, and the truth is what it was made of.
    """
    weights = {card.name: known_sha256(card) for card in measure.weights}
    held = [cell, "measure", measure.id, measure.version, weights, grid.id, SCORING]
    compared = real is not None and "truth" in (*measure.given, *measure.uses)
    return digest([*held, "real", real] if compared else held)


def audit_key(cell: str, real: str | None = None) -> str:
    """Of the audit of one output; `real` as for `measure_key`."""
    held = [cell, "audit", AUDIT]
    return digest(held if real is None else [*held, "real", real])


def seed_of(*parts: Any) -> int:
    """A seed of 128 bits that follows from `parts`: every face and damage has numbers of its own, in any order."""
    return int(digest(list(parts))[:32], 16)


def _fields(cell: Cell) -> dict[str, Any]:
    return asdict(cell)


def _plain(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else value
