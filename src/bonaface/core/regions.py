"""The regions of a face that an audit speaks of, and their names in the standards of forensic comparison."""

from __future__ import annotations

from enum import StrEnum


class Region(StrEnum):
    """A part of the face. Left and right are the person's own."""

    FACE_OUTLINE = "face-outline"
    FOREHEAD = "forehead"
    LEFT_BROW = "left-brow"
    RIGHT_BROW = "right-brow"
    LEFT_EYE = "left-eye"
    RIGHT_EYE = "right-eye"
    PERIOCULAR = "periocular"
    NOSE = "nose"
    CHEEKS = "cheeks"
    UPPER_LIP = "upper-lip"
    LOWER_LIP = "lower-lip"
    MOUTH_INTERIOR = "mouth-interior"
    MOUTH = "mouth"
    CHIN_JAW = "chin-jaw"
    HAIR = "hair"
    LEFT_EAR = "left-ear"
    RIGHT_EAR = "right-ear"
    GLASSES = "glasses"
    HAT = "hat"
    TEETH = "teeth"
    NECK = "neck"
    WHOLE_FACE = "whole-face"
    BACKGROUND = "background"

    @property
    def label(self) -> str:
        """The name in plain language, for a sentence."""
        return _LABELS[self]

    @property
    def standard_term(self) -> str:
        """The facial component in ASTM E3149 and the FISWG feature list that the region belongs to."""
        return _STANDARD_TERMS[self]

    @property
    def found_by(self) -> str:
        """How the region is found: "landmarks" (drawn from the 68 points) or "parser" (the face parser's classes)."""
        return "parser" if self in PARSED else "landmarks"


PARSED = (
    Region.HAIR,
    Region.LEFT_EAR,
    Region.RIGHT_EAR,
    Region.GLASSES,
    Region.HAT,
    Region.TEETH,
    Region.NECK,
)
"""The regions that the face parser finds; all others follow from the landmarks."""

_LABELS = {
    Region.FACE_OUTLINE: "Face outline",
    Region.FOREHEAD: "Forehead",
    Region.LEFT_BROW: "Left eyebrow",
    Region.RIGHT_BROW: "Right eyebrow",
    Region.LEFT_EYE: "Left eye",
    Region.RIGHT_EYE: "Right eye",
    Region.PERIOCULAR: "Skin around the eyes",
    Region.NOSE: "Nose",
    Region.CHEEKS: "Cheeks",
    Region.UPPER_LIP: "Upper lip",
    Region.LOWER_LIP: "Lower lip",
    Region.MOUTH_INTERIOR: "Inside of the mouth",
    Region.MOUTH: "Mouth",
    Region.CHIN_JAW: "Chin and jaw",
    Region.HAIR: "Hair",
    Region.LEFT_EAR: "Left ear",
    Region.RIGHT_EAR: "Right ear",
    Region.GLASSES: "Glasses",
    Region.HAT: "Hat",
    Region.TEETH: "Teeth and tongue",
    Region.NECK: "Neck",
    Region.WHOLE_FACE: "Whole face",
    Region.BACKGROUND: "Background",
}

_STANDARD_TERMS = {
    Region.FACE_OUTLINE: "Face/head outline",
    Region.FOREHEAD: "Forehead",
    Region.LEFT_BROW: "Eyebrows",
    Region.RIGHT_BROW: "Eyebrows",
    Region.LEFT_EYE: "Eyes",
    Region.RIGHT_EYE: "Eyes",
    Region.PERIOCULAR: "Eyes; facial lines",
    Region.NOSE: "Nose",
    Region.CHEEKS: "Cheeks",
    Region.UPPER_LIP: "Mouth",
    Region.LOWER_LIP: "Mouth",
    Region.MOUTH_INTERIOR: "Mouth",
    Region.MOUTH: "Mouth",
    Region.CHIN_JAW: "Chin/jawline",
    Region.HAIR: "Hairline/baldness pattern",
    Region.LEFT_EAR: "Ears",
    Region.RIGHT_EAR: "Ears",
    Region.GLASSES: "(not a facial component)",
    Region.HAT: "(not a facial component)",
    Region.TEETH: "Mouth",
    Region.NECK: "Neck",
    Region.WHOLE_FACE: "Face composition",
    Region.BACKGROUND: "(not a facial component)",
}
