"""InstructPix2Pix: a diffusion model that follows an instruction ("make him angry") and reads the picture to edit.

Brooks, Holynski & Efros 2023, arXiv:2211.09800; the strongest of the editors in S0, and the most given to the prompt.
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

ID = "instruct-pix2pix"
SNAPSHOT = Snapshot(
    id=ID,
    repository="timbrooks/instruct-pix2pix",
    revision="31519b5cb02a7fd89b906d88731cd4d6a7bbf88d",
    pipelines=("StableDiffusionInstructPix2PixPipeline",),
    variant="fp16",
    megabytes=2742,
    licence="MIT (as its page on the hub says); its base, Stable Diffusion 1.5: CreativeML OpenRAIL-M",
    commercial=True,
    restrictions="harming or harassing people, disinformation, and the other uses of that licence's Attachment A",
    training_data="454,445 pictures edited by Stable Diffusion with Prompt-to-Prompt after instructions by GPT-3, on "
    "top of LAION-5B's captioned pictures of the web",
    source=Source("Brooks et al. 2023 (InstructPix2Pix)", "arXiv:2211.09800"),
    sha256=(
        (
            "unet/diffusion_pytorch_model.fp16.safetensors",
            "0d6bbc0a95dd125196d327a660b43d24c56f433eb30d2776f1327fb86bd38f78",
        ),
        ("text_encoder/model.fp16.safetensors", "77795e2023adcf39bc29a884661950380bd093cf0750a966d473d1718dc9ef4e"),
        (
            "vae/diffusion_pytorch_model.fp16.safetensors",
            "4fbcf0ebe55a0984f5a5e00d8c4521d52359af7229bb4d81890039d2aa16dd7c",
        ),
    ),
)


def load(
    files: Mapping[str, Path],
    *,
    model: str = SNAPSHOT.repository,
    steps: int = 20,
    guidance: float = 7.5,
    image_guidance: float = 1.5,
    prompt: str = "face",
    negative: str = "",
    grid: int = 512,
    feather: float = 0.02,
    dtype: str = "auto",
    device: str = "cpu",
    offload: str = "none",
    safety_checker: bool = True,
) -> Diffused:
    """The editor from its folder. S0 does not say how many steps it took and how strong the guidance was.

    Args:
        files: the folder by the card's repository.
        model: a name on the hub, or a folder.
        steps: of denoising; diffusers' own default is 100.
        guidance: 1 to 30; the paper's 7.5. At 1 both guidances are off.
        image_guidance: 1 to 10: how closely the result keeps to the face; the paper's 1.5.
        prompt: a name of `prompts.FORMS`, or a sentence.
        negative: what shall not be there.
        grid: side that the network sees, in pixels. It was trained at 256, as S0's faces are; 512 is usual.
        feather: width of the soft edge inside a region, as a share of the side.
        dtype: "auto", "float32", "float16", "bfloat16".
        device: "cpu", "cuda", "mps".
        offload: "none", "model", "sequential".
        safety_checker: whether the model's own looks at results.

    Raises:
        InputError: a value that a knob does not take, a missing extra, or a device that is not here.
        WeightsError: the folder is missing, or does not hold such a pipeline without code.
    """
    given = locals()
    options = {"image_guidance_scale": float(image_guidance)}
    return diffused(ID, SNAPSHOT, (8,), INSTRUCT_PIX2PIX.knobs, given, options)


INSTRUCT_PIX2PIX = Editor(
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
        Knob("image_guidance", "how closely the result keeps to the face, 1 to 10; 1.5", numbers(1, 10), (1, 3)),
        CHECKER,
    ),
    limits=(
        "Works on the jaw more than on brows and eyes, and overdoes anger to a cartoon (S0, section VIII.B).",
        "On a noisy face it follows the prompt alone and paints somebody else (S0, section VII.D.1).",
        *LIMITS,
    ),
    training_data=SNAPSHOT.training_data,
)
