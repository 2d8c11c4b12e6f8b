"""Which of CelebA's 40 attributes a picture of a face shows, by a small network. It says nothing of the person."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from bonaface.core.cases import Face
from bonaface.core.catalog import Source
from bonaface.core.images import Image
from bonaface.core.regions import Region
from bonaface.core.results import Score
from bonaface.faces.cards import CARDS
from bonaface.graphs.bundled import ATTRIBUTES
from bonaface.measure.reading import AttributeErrors, CropReader, crop_of, steady
from bonaface.measure.record import Files, Measure, Values, face_of

NAMES = (
    *("5_o_Clock_Shadow", "Arched_Eyebrows", "Attractive", "Bags_Under_Eyes", "Bald", "Bangs", "Big_Lips", "Big_Nose"),
    *("Black_Hair", "Blond_Hair", "Blurry", "Brown_Hair", "Bushy_Eyebrows", "Chubby", "Double_Chin", "Eyeglasses"),
    *("Goatee", "Gray_Hair", "Heavy_Makeup", "High_Cheekbones", "Male", "Mouth_Slightly_Open", "Mustache"),
    *("Narrow_Eyes", "No_Beard", "Oval_Face", "Pale_Skin", "Pointy_Nose", "Receding_Hairline", "Rosy_Cheeks"),
    *("Sideburns", "Smiling", "Straight_Hair", "Wavy_Hair", "Wearing_Earrings", "Wearing_Hat", "Wearing_Lipstick"),
    *("Wearing_Necklace", "Wearing_Necktie", "Young"),
)
"""CelebA's own names, in its order."""


@dataclass(frozen=True, slots=True)
class Drift:
    """An attribute whose change an audit reports.

    Attributes:
        name: CelebA's.
        words: what is seen where it is there ("glasses").
        region: where it shows.
        absent: CelebA names the absence (No_Beard): probabilities are turned around.
    """

    name: str
    words: str
    region: Region
    absent: bool = False


DRIFTS = (
    Drift("Eyeglasses", "glasses", Region.GLASSES),
    Drift("Wearing_Hat", "a hat", Region.HAT),
    Drift("Wearing_Earrings", "earrings", Region.WHOLE_FACE),
    Drift("Smiling", "a smile", Region.MOUTH),
    Drift("Mouth_Slightly_Open", "an open mouth", Region.MOUTH),
    Drift("Wearing_Lipstick", "lipstick", Region.MOUTH),
    Drift("Heavy_Makeup", "heavy make-up", Region.WHOLE_FACE),
    Drift("Rosy_Cheeks", "rosy cheeks", Region.CHEEKS),
    Drift("Pale_Skin", "pale skin", Region.WHOLE_FACE),
    Drift("Young", "a young look", Region.WHOLE_FACE),
    Drift("Bags_Under_Eyes", "bags under the eyes", Region.PERIOCULAR),
    Drift("Arched_Eyebrows", "arched eyebrows", Region.WHOLE_FACE),
    Drift("Bushy_Eyebrows", "bushy eyebrows", Region.WHOLE_FACE),
    Drift("No_Beard", "a beard", Region.CHIN_JAW, absent=True),
    Drift("5_o_Clock_Shadow", "stubble", Region.CHIN_JAW),
    Drift("Goatee", "a goatee", Region.CHIN_JAW),
    Drift("Mustache", "a moustache", Region.UPPER_LIP),
    Drift("Sideburns", "sideburns", Region.CHEEKS),
    Drift("Bald", "a bald head", Region.HAIR),
    Drift("Receding_Hairline", "a receding hairline", Region.HAIR),
    Drift("Bangs", "a fringe", Region.HAIR),
    Drift("Black_Hair", "black hair", Region.HAIR),
    Drift("Blond_Hair", "blond hair", Region.HAIR),
    Drift("Brown_Hair", "brown hair", Region.HAIR),
    Drift("Gray_Hair", "grey hair", Region.HAIR),
    Drift("Straight_Hair", "straight hair", Region.HAIR),
    Drift("Wavy_Hair", "wavy hair", Region.HAIR),
)
"""What audits report: things that can be seen, and pointed at, in both pictures.

Left out: judgements and impressions (Attractive, Chubby, Double_Chin, Oval_Face, High_Cheekbones, Big_Lips, Big_Nose,
Pointy_Nose, Narrow_Eyes), which annotators disagree on and which landmarks measure better; Male, which is no more than
a guess about the person; Blurry, which the bands of detail measure; Wearing_Necklace and Wearing_Necktie, which lie
mostly outside the crop (the parser sees necklaces). `bonaface read attributes` gives all 40.
"""


class AttributeReader:
    """Reads 40 attributes. One instance serves a process, any number of threads.

    Reads the framing of the project's CelebA faces (`faces.crops.CELEBA`).

    Source:
        Trained in the project (docs/models); labels of Liu et al. 2015, arXiv:1411.7766.
    """

    def __init__(self, files: Mapping[str, Path], errors: AttributeErrors | None = None) -> None:
        """`files` are verified local paths by the names on the cards of `graphs.bundled`; `errors` its own."""
        self._reader = CropReader(files[ATTRIBUTES.name], len(NAMES))
        self.errors = errors or AttributeErrors()

    def __call__(self, crops: Sequence[Image]) -> NDArray[np.float64]:
        """What is seen in crops of faces.

        Args:
            crops: (H, W, 3) each, at least 32 px a side.

        Returns:
            (N, 40): probabilities in the order of `NAMES`, as if having and lacking an attribute were equally
            frequent: 0.5 is the balanced threshold. Rounded to four places.
        """
        return steady(1 / (1 + np.exp(-self._reader.logits(crops))))


def drift_probabilities(probabilities: NDArray[np.float64]) -> Mapping[str, float]:
    """(40,) -> the probability of each of `DRIFTS`, by CelebA's name; of No_Beard that there is a beard."""
    known = dict(zip(NAMES, probabilities, strict=True))
    return MappingProxyType(
        {drift.name: round(float(1 - known[drift.name] if drift.absent else known[drift.name]), 4) for drift in DRIFTS}
    )


def _load(files: Files) -> Callable[..., Values]:
    reader = AttributeReader(files)

    def agreement(output: Image, truth: Image, faces: Mapping[str, Face]) -> Values:
        """The share of the 27 audited attributes that are read alike in both; by name, how far apart they are read.

        Args:
            output: (H, W, 3), on the grid of `truth`.
            truth: the same shape.
            faces: with "truth", which places the crop in both.

        Raises:
            NotApplicable: no face was found in the truth.
        """
        landmarks = face_of(faces, "truth").landmarks
        mine, real = (drift_probabilities(p) for p in reader([crop_of(image, landmarks) for image in (output, truth)]))
        alike = sum((mine[drift.name] >= 0.5) == (real[drift.name] >= 0.5) for drift in DRIFTS)
        apart = {d.words: Score(round(abs(mine[d.name] - real[d.name]), 4), "probability") for d in DRIFTS}
        return {"": alike / len(DRIFTS), **apart}

    return agreement


ATTRIBUTE_AGREEMENT = Measure(
    id="attribute-agreement",
    version=1,
    needs=("output", "truth", "faces"),
    faces=("truth",),
    unit="share",
    better="higher",
    bounds=(0.0, 1.0),
    convention=f"share of {len(DRIFTS)} attributes that Bonaface's reader answers alike (threshold 0.5 at even odds); "
    "crop of CelebA's framing by the truth's landmarks in both, and its mirror image",
    source=Source("Bonaface, docs/models: attribute reader; labels of Liu et al. 2015", "arXiv:1411.7766"),
    load=_load,
    weights=(ATTRIBUTES, *CARDS),
)
