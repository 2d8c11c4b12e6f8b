"""DreamShaper 8 and its like: a region of the face is painted anew under a prompt.

Rombach et al. 2022, arXiv:2112.10752 (Stable Diffusion); S0's third editor. The region comes from `edit.mask`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from bonaface.core.catalog import Source
from bonaface.core.knobs import Knob, numbers
from bonaface.core.snapshots import Snapshot
from bonaface.edit.diffusion import CHECKER, CROP, KNOBS, LIMITS, SIDE, Diffused, diffused
from bonaface.edit.prompts import TARGETS
from bonaface.edit.record import Editor

ID = "dreamshaper-inpainting"
SNAPSHOT = Snapshot(
    id=ID,
    repository="Lykon/dreamshaper-8-inpainting",
    revision="a09e9d0bb9849aaf46c8fc59dfa604796da15a39",
    pipelines=("StableDiffusionInpaintPipeline", "StableDiffusionPipeline"),
    variant="fp16",
    megabytes=2741,
    licence="CreativeML OpenRAIL-M",
    commercial=True,
    restrictions="harming or harassing people, disinformation, and the other uses of that licence's Attachment A",
    training_data="pictures that its maker does not name, on top of LAION-5B's captioned pictures of the web (Stable "
    "Diffusion 1.5)",
    source=Source("Lykon (DreamShaper 8, inpainting), on Rombach et al. 2022", "arXiv:2112.10752"),
    sha256=(
        (
            "vae/diffusion_pytorch_model.fp16.safetensors",
            "9e614d1d936ceffff2f80b9ca4db9d72ecc30f4e576b338c8d20cac4c05d6679",
        ),
        ("safety_checker/model.fp16.safetensors", "57ecdfa243b170f9b4cb3eefaf0f64552ef78fc0bf0eb1c5b9675308447184f6"),
    ),
)


def load(
    files: Mapping[str, Path],
    *,
    model: str = SNAPSHOT.repository,
    steps: int = 25,
    guidance: float = 7.5,
    strength: float = 1.0,
    prompt: str = "inpainting",
    negative: str = "",
    grid: int = 512,
    feather: float = 0.02,
    dtype: str = "auto",
    device: str = "cpu",
    offload: str = "none",
    safety_checker: bool = True,
) -> Diffused:
    """The editor from its folder. S0 does not name its numbers; guidance and strength are diffusers' defaults.

    Args:
        files: the folder by the card's repository.
        model: a name on the hub, or a folder. Models that were not made for inpainting serve too, and blend worse.
        steps: of denoising at strength 1; `strength` x `steps` of them are run.
        guidance: 1 to 30.
        strength: above 0, to 1: how much of the region gives way to noise; at 1 nothing of it is seen.
        prompt: a name of `prompts.FORMS`, or a sentence.
        negative: what shall not be there.
        grid: side that the network sees, in pixels. It was trained at 512; S0's faces had 256.
        feather: width of the soft edge inside the region, as a share of the side.
        dtype: "auto", "float32", "float16", "bfloat16".
        device: "cpu", "cuda", "mps".
        offload: "none", "model", "sequential".
        safety_checker: whether the model's own looks at results.

    Raises:
        InputError: a value that a knob does not take, no step left to run, a missing extra, or a device that is not
            here.
        WeightsError: the folder is missing, or does not hold such a pipeline without code.
    """
    given = locals()
    options = {"strength": float(strength)}
    return diffused(ID, SNAPSHOT, (9, 4), INPAINTING.knobs, given, options, inpaints=True)


INPAINTING = Editor(
    id=ID,
    licence=SNAPSHOT.licence,
    source=SNAPSHOT.source,
    load=load,
    targets=TARGETS,
    crop=CROP,
    input_size=(SIDE, SIDE),
    random=True,
    takes_region=True,
    needs_region=True,
    snapshot=SNAPSHOT,
    extra="diffusion",
    knobs=(
        *KNOBS,
        Knob(
            "strength",
            "how much of the region gives way to noise first, 0.01 to 1; 1: nothing of it is seen",
            numbers(0.01, 1),
            (0.1, 1),
        ),
        CHECKER,
    ),
    limits=(
        "Does not know what was in the region: brows grow thick and even, teeth are missing (S0, section VII.D.3).",
        "Colours shift, with bluish patches at the region's edge (S0: histogram correlation .894).",
        *LIMITS,
    ),
    training_data=SNAPSHOT.training_data,
)
