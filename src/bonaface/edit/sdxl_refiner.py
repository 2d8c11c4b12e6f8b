"""The refiner of Stable Diffusion XL, as image-to-image: noise is added to the face, and taken away under a prompt.

Podell et al. 2023, arXiv:2307.01952; S0's second editor, which changed expressions least.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from bonaface.core.catalog import Source
from bonaface.core.knobs import Knob, numbers
from bonaface.core.snapshots import Snapshot
from bonaface.edit.diffusion import CROP, KNOBS, LIMITS, SIDE, Diffused, diffused
from bonaface.edit.prompts import TARGETS
from bonaface.edit.record import Editor

ID = "sdxl-refiner"
SNAPSHOT = Snapshot(
    id=ID,
    repository="stabilityai/stable-diffusion-xl-refiner-1.0",
    revision="5d4cfe854c9a9a87939ff3653551c2b3c99a4356",
    pipelines=("StableDiffusionXLImg2ImgPipeline", "StableDiffusionXLPipeline"),
    variant="fp16",
    megabytes=6077,
    licence="CreativeML Open RAIL++-M",
    commercial=True,
    restrictions="harming or harassing people, disinformation, and the other uses of that licence's Attachment A",
    training_data="captioned pictures that Stability AI does not name",
    source=Source("Podell et al. 2023 (SDXL)", "arXiv:2307.01952"),
    sha256=(
        (
            "unet/diffusion_pytorch_model.fp16.safetensors",
            "3ea0376dcf065eaefd27806394a90e310001b1a71d4f1cf1f655e86c0e566ffe",
        ),
    ),
)


def load(
    files: Mapping[str, Path],
    *,
    model: str = SNAPSHOT.repository,
    steps: int = 50,
    guidance: float = 5.0,
    strength: float = 0.3,
    prompt: str = "face",
    negative: str = "",
    grid: int = 1024,
    feather: float = 0.02,
    dtype: str = "auto",
    device: str = "cpu",
    offload: str = "none",
) -> Diffused:
    """The editor from its folder. S0 does not name its numbers: steps, guidance and strength are diffusers' defaults.

    Args:
        files: the folder by the card's repository.
        model: a name on the hub, or a folder; SDXL's base model serves too.
        steps: of denoising at strength 1; `strength` x `steps` of them are run.
        guidance: 1 to 30.
        strength: above 0, to 1: how much of the face gives way to noise before the prompt is followed.
        prompt: a name of `prompts.FORMS`, or a sentence. "description" suits the model better than S0's instructions.
        negative: what shall not be there.
        grid: side that the network sees, in pixels. It was trained for 1024; S0 gave it 256.
        feather: width of the soft edge inside a region, as a share of the side.
        dtype: "auto", "float32", "float16", "bfloat16".
        device: "cpu", "cuda", "mps".
        offload: "none", "model", "sequential".

    Raises:
        InputError: a value that a knob does not take, no step left to run, a missing extra, or a device that is not
            here.
        WeightsError: the folder is missing, or does not hold such a pipeline without code.
    """
    given = locals()
    options = {"strength": float(strength)}
    return diffused(ID, SNAPSHOT, (4,), SDXL_REFINER.knobs, given, options)


SDXL_REFINER = Editor(
    id=ID,
    licence=SNAPSHOT.licence,
    source=SNAPSHOT.source,
    load=load,
    targets=TARGETS,
    crop=CROP,
    input_size=(SIDE, SIDE),
    random=True,
    takes_region=True,
    snapshot=SNAPSHOT,
    extra="diffusion",
    knobs=(
        *KNOBS,
        Knob(
            "strength",
            "how much of the face gives way to noise first, 0.01 to 1; 0.3",
            numbers(0.01, 1),
            (0.1, 1),
        ),
    ),
    limits=(
        "Keeps the face's shape and its old expression: S0's happy face moved 3.88 px where the real one moved 16.33.",
        "Smooths skin, and shows no teeth in a smile (S0, section VII.F.2).",
        "No safety checker exists for it.",
        *LIMITS,
    ),
    training_data=SNAPSHOT.training_data,
)
