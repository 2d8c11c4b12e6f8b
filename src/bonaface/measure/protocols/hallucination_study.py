"""The study of hallucinated features (S0): table 1; table 2 is of `bonaface study describe`."""

from __future__ import annotations

from bonaface.core.catalog import Source
from bonaface.measure.protocols.record import Protocol, Published

_TABLE_1 = {
    "CodeFormer": {32: 0.2599, 64: 0.1422, 128: 0.0960, 256: 0.0853},
    "GPEN": {32: 0.2217, 64: 0.1362, 128: 0.0755, 256: 0.0489},
    "GFPGAN": {256: 0.0554},
}

HALLUCINATION_STUDY = Protocol(
    id="hallucination-study",
    title="Study on Face Hallucinating Features, table 1",
    source=Source("Kumar et al. (S0)"),
    measures=("lpips-alex", "lpips-vgg", "keypoints", "lmd", "histogram-correlation"),
    size=(1024, 1024),
    aligned=True,
    inputs="FFHQ faces reduced to 32, 64, 128 or 256 px; one table row for each",
    truth="the 1,024 px original, at 1,024 px",
    reference="none: it reports no FID",
    faces=3,
    traps=(
        "it does not say which network its LPIPS uses; both are given, and the printed rows stand with lpips-alex, the "
        "library's default",
        "3 faces: no difference between two models can be told from chance",
        "its keypoints, landmarks and histograms are of expression edits at 256 px (below), not of these restorations",
        "outputs of 512 px have to be enlarged to 1,024 px first, which changes LPIPS: it does not say how",
    ),
    rows=(
        *(
            Published(f"{model}, {side} px", {"lpips-alex": value})
            for model, values in _TABLE_1.items()
            for side, value in values.items()
        ),
        Published(
            "SDXL refiner, happy, person 3",
            {"histogram-correlation": 0.982},
            {
                "matches": 7,
                "of": 143,
                "real-generated px": 15.40,
                "neutral-generated px": 3.88,
                "neutral-real px": 16.33,
            },
        ),
        Published(
            "DreamShaper inpainting, happy, person 3", {"histogram-correlation": 0.894}, {"matches": 9, "of": 143}
        ),
    ),
)
