"""Measuring and auditing one output: on its stored pixels of 8 bits, with what belongs to the truth made once."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bonaface.api import wiring
from bonaface.api.auditing import Auditor
from bonaface.api.auditing import Options as AuditOptions
from bonaface.api.faces import find_faces
from bonaface.core.cases import Case, Face
from bonaface.core.errors import BonafaceError
from bonaface.core.expressions import EXPRESSIONS
from bonaface.core.images import Image, Picture, Similarity, to_bytes
from bonaface.core.results import Score
from bonaface.faces.crops import cut
from bonaface.io.provenance import sha256_array
from bonaface.io.weights import find_weights
from bonaface.measure import MEASURES
from bonaface.measure.record import Measure
from bonaface.study.engine.editing import Edited
from bonaface.study.engine.feeding import Truth, eight_bit, output_on, resized, truth_on
from bonaface.study.plan.plans import Grid

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class OnGrid:
    """The truth on one grid, and the faces that are looked for there; `why` there is no such truth."""

    image: Image | None
    matrix: Similarity | None
    why: str
    looked_for: Face | None = None
    face: Face | None = None


@dataclass(slots=True)
class Scorer:
    """Measures outputs of one truth; what is loaded stays for the next one."""

    truth: Truth | None = None
    _grids: dict[str, OnGrid] = field(default_factory=dict)
    _real: dict[tuple[str, str], OnGrid] = field(default_factory=dict)
    _functions: dict[str, Callable[..., Any] | str] = field(default_factory=dict)
    _auditor: Auditor | None = None

    def begin(self, truth: Truth) -> None:
        """Go on to another truth; what was made of the last one is forgotten."""
        self.truth, self._grids, self._real, self._auditor = truth, {}, {}, None

    def measures(
        self,
        wanted: Sequence[tuple[str, Grid, str]],
        output: Image,
        to_output: Similarity | None,
        observed: Image | None,
        edited: Edited | None = None,
    ) -> list[Row]:
        """Rows of measures, each with its parts.

        Args:
            wanted: measure, grid and key.
            output: as stored.
            to_output: as in `feeding.Fed`.
            observed: the damaged picture.
            edited: what an editor's output is compared with: its truth is a real picture of the expression, and what
                `begin` was given is the neutral picture; None: a restorer's.
        """
        cases: dict[str, Case | str] = {}
        looked = set[str]()
        rows: list[Row] = []
        for name, grid, key in wanted:
            measure, begun = MEASURES[name], time.perf_counter()
            if grid.id not in cases:
                cases[grid.id] = self._case(grid, output, to_output, observed, edited)
            case = cases[grid.id]
            if isinstance(case, Case) and "faces" in measure.needs and grid.id not in looked:
                looked.add(grid.id)
                case = cases[grid.id] = self._with_faces(case, grid, edited)
            if isinstance(case, Case) and case.truth is None and "truth" in measure.given and edited is not None:
                scores = {"": Score.not_applicable(edited.why, measure.unit)}
            elif isinstance(case, Case):
                scores = self._scores(measure, case)
            else:
                scores = {"": Score.not_applicable(case, measure.unit)}
            taken = time.perf_counter() - begun
            for part, score in scores.items():
                rows.append({
                    "key": key, "measure": measure.id, "part": part, "grid": grid.id, "version": measure.version,
                    "value": score.value, "unit": score.unit, "status": str(score.status), "why": score.why,
                    "better": measure.better if not part else "", "seconds": taken if not part else 0.0,
                })  # fmt: skip
        return rows

    def _case(
        self,
        grid: Grid,
        output: Image,
        to_output: Similarity | None,
        observed: Image | None,
        edited: Edited | None,
    ) -> Case | str:
        truth, there = self._require_truth(), self._on(grid)
        if there.image is None:
            return there.why
        size = (there.image.shape[0], there.image.shape[1])
        placed = output_on(grid, output, to_output, truth, there.matrix, size)
        if placed.output is None:
            return placed.why
        seen = observed if grid.crop is None and to_output is None else None
        if edited is None:
            return Case(placed.output, there.image, seen)
        real = self._real_on(grid, edited).image
        target = EXPRESSIONS[edited.target].label
        return Case(placed.output, real, seen, neutral=there.image, target=target)

    def _scores(self, measure: Measure, case: Case) -> dict[str, Score]:
        if any(getattr(case, name) is None for name in measure.given):
            return measure.scores(case, lambda: 0.0)  # says what is missing; nothing is loaded for that
        if measure.id not in self._functions:
            self._functions[measure.id] = _loaded(measure)
        function = self._functions[measure.id]
        if isinstance(function, str):
            return {"": Score.failed(function, measure.unit)}
        try:
            return measure.scores(case, function)
        except MemoryError:
            raise
        except Exception as error:  # one number that cannot be computed must not cost the others
            return {"": Score.failed(f"{type(error).__name__}: {error}", measure.unit)}

    def _with_faces(self, case: Case, grid: Grid, edited: Edited | None) -> Case:
        """All pictures are looked at alike, at the same place and scale, as `api.measuring` does."""
        there = self._on(grid)
        if there.looked_for is None:
            return case
        found = {"output": wiring.locator().same_face(to_bytes(case.output), there.looked_for)}
        if edited is None:
            found["truth"] = there.face
        else:
            found |= {"neutral": there.face, "truth": self._real_on(grid, edited).face}
        return replace(case, faces={name: face for name, face in found.items() if face is not None})

    def _real_on(self, grid: Grid, edited: Edited) -> OnGrid:
        """The real picture of an expression: laid on the neutral one, it is cut out with it."""
        key, there = (grid.id, edited.target), self._on(grid)
        if edited.real is None or there.image is None:
            return OnGrid(None, None, edited.why or there.why)
        if key not in self._real:
            size, near = (there.image.shape[0], there.image.shape[1]), there.looked_for
            whole = edited.real.image
            image = resized(whole, size) if there.matrix is None else cut(whole, there.matrix, size[0])
            face = None if near is None else wiring.locator().same_face(to_bytes(image), near)
            self._real[key] = OnGrid(eight_bit(image), there.matrix, "", near, face)
        return self._real[key]

    def _on(self, grid: Grid) -> OnGrid:
        if grid.id not in self._grids:
            truth = self._require_truth()
            image, matrix, why = truth_on(grid, truth)
            self._grids[grid.id] = (
                OnGrid(image, matrix, why) if image is None else _looked_at(image, matrix, truth, grid)
            )
        return self._grids[grid.id]

    def _require_truth(self) -> Truth:
        if self.truth is None:
            raise RuntimeError("begin() comes first")
        return self.truth

    def audit(
        self,
        key: str,
        output: Image,
        to_output: Similarity | None,
        observed: Image | None,
        edited: Edited | None = None,
    ) -> list[Row]:
        """Rows of findings; one that says why, where the pictures cannot be audited. Arguments as of `measures`."""
        truth, begun = self._require_truth(), time.perf_counter()
        try:
            if self._auditor is None:
                self._auditor = Auditor(AuditOptions(aligned=truth.aligned, redact=True))
            if edited is None:
                # A crop is audited against the same crop of the truth.
                real = truth.image if to_output is None else cut(truth.image, to_output, output.shape[0])
                seen = observed if to_output is None else None
                ledger = self._auditor.audit(_picture(output), _picture(real), seen if seen is None else _picture(seen))
            else:
                other = None if edited.real is None else _picture(edited.real.image)
                ledger = self._auditor.audit(
                    _picture(output), other, neutral=_picture(truth.image), target=edited.target
                )
        except MemoryError:
            raise
        except BonafaceError as error:
            return [{"key": key, "status": "not_applicable", "why": str(error), "seconds": time.perf_counter() - begun}]
        except Exception as error:
            why = f"{type(error).__name__}: {error}"
            return [{"key": key, "status": "failed", "why": why, "seconds": time.perf_counter() - begun}]
        taken = time.perf_counter() - begun
        return [
            {
                "key": key, "region": str(one.region), "aspect": str(one.aspect), "detail": one.detail,
                "verdict": str(one.verdict), "severity": one.severity, "score": one.score.value,
                "floor": one.floor.value, "unit": one.score.unit, "status": "ok", "why": one.score.why,
                "sentence": one.sentence, "seconds": taken if number == 0 else 0.0,
            }
            for number, one in enumerate(ledger.findings)
        ]  # fmt: skip


def _looked_at(image: Image, matrix: Similarity | None, truth: Truth, grid: Grid) -> OnGrid:
    if truth.face is None:
        return OnGrid(image, matrix, "")
    found = find_faces(_picture(image), aligned=truth.aligned or grid.crop is not None, required=False)
    if not found:
        return OnGrid(image, matrix, "")
    return OnGrid(image, matrix, "", found[0], wiring.locator().same_face(to_bytes(image), found[0]))


def _picture(image: Image) -> Picture:
    pixels = to_bytes(image)
    return Picture(pixels, sha256_array(pixels), "picture")


def _loaded(measure: Measure) -> Callable[..., Any] | str:
    try:
        return measure.load({card.name: find_weights(card) for card in measure.weights})
    except BonafaceError as error:
        return str(error)
