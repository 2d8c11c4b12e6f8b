"""LMD and NRMSE by dlib's landmarks: how far those of the output lie from those of the truth."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

from bonaface.core.cases import Face
from bonaface.core.catalog import Source
from bonaface.core.images import Image, Points, to_bytes
from bonaface.faces.cards import CARDS
from bonaface.faces.fine import fine_landmarks
from bonaface.faces.locate import Locator
from bonaface.measure.geometry import distance_values, nrmse_values
from bonaface.measure.record import Files, Measure, Values, face_of


@cache
def _locator_of(files: tuple[tuple[str, Path], ...]) -> Locator:
    """One for both measures: its model takes 100 MB."""
    return Locator(dict(files))


def _load(values: Callable[[Points, Points], Values], text: str) -> Callable[[Files], Callable[..., Values]]:
    def load(files: Files) -> Callable[..., Values]:
        locator = _locator_of(tuple(sorted(files.items())))

        def measure(output: Image, truth: Image, faces: Mapping[str, Face]) -> Values:
            face_of(faces, "output")  # landmarks are found in anything: a detector has to have seen a face
            box = face_of(faces, "truth").box
            mine, real = (fine_landmarks(locator, to_bytes(image), box) for image in (output, truth))
            return values(mine, real)

        measure.__doc__ = text
        return measure

    return load


_ARGUMENTS = """

        Args:
            output: (H, W, 3).
            truth: (H, W, 3), on the same grid.
            faces: "output" and "truth"; the truth's box says where to look in both.

        Raises:
            NotApplicable: a face was not found.
        """
_LANDMARKS = (
    "dlib's 68 landmarks, looked for in output and truth in the truth's box, a smaller face enlarged to a box of 500 "
    "px (bicubic), so in steps of 1/500 of the box; % of the truth's inter-ocular distance (outer corners, points 36 "
    "and 45); no alignment"
)
LMD = Measure(
    id="lmd",
    version=2,
    needs=("output", "truth", "faces"),
    faces=("output", "truth"),
    unit="% IOD",
    better="lower",
    bounds=(0.0, float("inf")),
    convention=f"{_LANDMARKS}; mean distance",
    source=Source("the hallucination study (S0); as face restoration papers use it"),
    load=_load(
        distance_values,
        f"""LMD: mean distance of the landmarks under "", parts as `geometry.distance_values` has them.{_ARGUMENTS}""",
    ),
    weights=CARDS,
    implementation="Bonaface, by dlib",
)
NRMSE = replace(
    LMD,
    id="nrmse",
    convention=f"{_LANDMARKS}; root mean square distance",
    source=Source("Zhang et al. 2021 (Pro-UIGAN), V.A", "arXiv:2108.00602"),
    load=_load(
        nrmse_values,
        f"""Root mean square distance of the landmarks under "", "aligned" as `geometry.nrmse` has it.{_ARGUMENTS}""",
    ),
)
