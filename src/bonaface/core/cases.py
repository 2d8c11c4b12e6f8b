"""What is known of one face: the pictures, and where things are on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from bonaface.core.images import Image, Mask, Points, Similarity
from bonaface.core.regions import Region


@dataclass(frozen=True, slots=True)
class Face:
    """Where a face is on a picture.

    Attributes:
        box: x0, y0, x1, y1 in pixels; may reach over the picture's edge.
        landmarks: (68, 2) in pixels, in the order of 300-W.
        to_crop: (2, 3), from pixels of the picture to pixels of the aligned crop.
        pose: yaw, pitch and roll in degrees, rough, from the landmarks; None where not estimated.
        regions: one mask for each region, on the grid of the picture that was examined.
        confidence: the detector's own score; higher is surer.
        detector: how the face was found: "hog", "network", "given" or "aligned".
    """

    box: tuple[float, float, float, float]
    landmarks: Points
    to_crop: Similarity | None = None
    pose: tuple[float, float, float] | None = None
    regions: Mapping[Region, Mask] = field(default_factory=lambda: MappingProxyType({}))
    confidence: float = 0.0
    detector: str = "hog"

    @property
    def width(self) -> float:
        """Of the box, in pixels."""
        return self.box[2] - self.box[0]

    @property
    def inter_ocular(self) -> float:
        """Distance between the outer corners of the eyes (points 36 and 45), in pixels: the 300-W convention."""
        x, y = self.landmarks[45] - self.landmarks[36]
        return float((x * x + y * y) ** 0.5)


@dataclass(frozen=True, slots=True)
class Case:
    """One output and what is known of it; every picture is on the truth's pixel grid, where there is a truth.

    Attributes:
        output: what the model delivered.
        truth: the real photograph.
        observed: the damaged picture that the model was given, in its own size.
        neutral: the picture that an expression editor started from.
        occlusion: True where the observed picture was covered, on the truth's grid.
        target: the expression asked for.
        stages: pictures from inside the model's chain, by name.
        descriptions: texts about a picture, by field name.
        faces: by field name ("truth", "output", ...); a field without a face is absent.
    """

    output: Image
    truth: Image | None = None
    observed: Image | None = None
    neutral: Image | None = None
    occlusion: Mask | None = None
    target: str | None = None
    stages: Mapping[str, Image] = field(default_factory=lambda: MappingProxyType({}))
    descriptions: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    faces: Mapping[str, Face] = field(default_factory=lambda: MappingProxyType({}))
