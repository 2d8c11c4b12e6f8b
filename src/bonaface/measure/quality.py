"""Quality of one picture without a truth, by trained networks: MUSIQ, MANIQA, TOPIQ for faces, QualiCLIP, CLIP-IQA.

They say how good a picture looks, not whether it shows what was there: an invented face may score best.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from bonaface.core.cases import Face
from bonaface.core.catalog import Source, Weights
from bonaface.core.images import Image
from bonaface.faces.cards import CARDS
from bonaface.faces.crops import TEMPLATE, cut, to_crop
from bonaface.measure.backbones import CLIP_RN50, INSTALL, INSTALL_NONCOMMERCIAL
from bonaface.measure.record import Files, Measure, Values, face_of

SIDE = 512
"""Pixels of the crop that TOPIQ's weights for faces read."""
_PYIQA = "PolyForm Noncommercial 1.0.0 (pyiqa): for non-commercial use only"
_NC = "[pyiqa, non-commercial use only] "
_WEIGHTS = "CC BY-NC-SA 4.0 (the repository of pyiqa's weights)"
_KONIQ = "KonIQ-10k: 10,073 photographs, judged by 1,459 people"
_MUSIQ = Source("Ke et al. 2021 (MUSIQ)", "arXiv:2108.05997")
_MANIQA = Source("Yang et al. 2022 (MANIQA)", "arXiv:2204.08958")
_TOPIQ = Source("Chen et al. 2024 (TOPIQ); CGFIQA-40k: Chen et al. 2024 (DSL-FIQA)", "arXiv:2308.03060")
_QUALICLIP = Source("Agnolucci et al. 2024 (QualiCLIP); S4's realism score (RS)", "arXiv:2403.11176")


def _weights(name: str, sha256: str, megabytes: float, licence: str, data: str, source: Source) -> Weights:
    """A file of pyiqa's, at its two addresses."""
    return Weights(
        name=name,
        sha256=sha256,
        megabytes=megabytes,
        licence=licence,
        commercial=False,
        training_data=data,
        source=source,
        urls=(
            f"https://huggingface.co/chaofengc/IQA-PyTorch-Weights/resolve/main/{name}",
            f"https://github.com/chaofengc/IQA-PyTorch/releases/download/v0.1-weights/{name}",
        ),
    )


MUSIQ_KONIQ = _weights(
    "musiq_koniq_ckpt-e95806b9.pth",
    "e95806b9eae5f3814c410f574ba8e552362bd5bc63d758ed5b97860f5d6185aa",
    108.6,
    f"{_WEIGHTS}; converted from Google's (Apache-2.0)",
    f"ImageNet-1k, then {_KONIQ}",
    _MUSIQ,
)
MANIQA_KONIQ = replace(
    _weights(
        "ckpt_koniq10k.pt",
        "a207f8ab57322e6be38ff5c8d019301dc032b454bef21c3c9f9dbf7974eebff6",
        543.3,
        "Apache-2.0 (as its authors' repository says)",
        f"ImageNet-21k and ImageNet-1k (backbone), then {_KONIQ}",
        _MANIQA,
    ),
    commercial=True,
    urls=(
        "https://github.com/IIGROUP/MANIQA/releases/download/Koniq10k/ckpt_koniq10k.pt",
        "https://huggingface.co/chaofengc/IQA-PyTorch-Weights/resolve/main/ckpt_koniq10k.pt",
    ),
)
TOPIQ_FACE_WEIGHTS = _weights(
    "topiq_nr_cgfiqa_res50-0a8b8e4f.pth",
    "",
    0,
    _WEIGHTS,
    "ImageNet-1k (backbone), then CGFIQA-40k: 40,000 faces, judged by people",
    _TOPIQ,
)
QUALICLIP_WEIGHTS = replace(
    _weights(
        "QualiCLIP.pth",
        "",
        0,
        "CC BY-NC 4.0 (as its authors' repository says)",
        "CLIP's pictures, then KADIS-700k's pristine ones, damaged by rule; no judgement of people",
        _QUALICLIP,
    ),
    urls=("https://huggingface.co/chaofengc/IQA-PyTorch-Weights/resolve/main/QualiCLIP.pth",),
)


def _loader(name: str, weights: Weights) -> Callable[[Files], Callable[..., Values]]:
    def load(files: Files) -> Callable[..., Values]:
        from bonaface.learned import quality

        function: Callable[..., Values] = getattr(quality, name)(files[weights.name])
        return function

    return load


def _load_topiq_face(files: Files) -> Callable[..., Values]:
    from bonaface.learned.quality import topiq_face

    network = topiq_face(files[TOPIQ_FACE_WEIGHTS.name])

    def quality(output: Image, faces: Mapping[str, Face]) -> float:
        """The network's number for the crop of the output's face.

        Args:
            output: (H, W, 3).
            faces: with "output".

        Raises:
            NotApplicable: no face was found.
        """
        landmarks = face_of(faces, "output").landmarks
        return network(cut(output, to_crop(landmarks, SIDE, TEMPLATE), SIDE))

    return quality


MUSIQ = Measure(
    id="musiq",
    version=1,
    needs=("output",),
    unit="",
    better="higher",
    bounds=(-float("inf"), float("inf")),
    convention=f"{_NC}MUSIQ trained on KonIQ-10k, about 0 to 100 (edges of a regression, not limits); RGB in [0, 1], "
    "whole picture at its own size and with its longer side at 384 and 224 px (bicubic), all patches of 32 px, nothing "
    "random. The weights of SPAQ, AVA or PaQ-2-PiQ give other numbers, and so does any resizing before",
    source=_MUSIQ,
    load=_loader("musiq", MUSIQ_KONIQ),
    weights=(MUSIQ_KONIQ,),
    implementation="pyiqa",
    licence=_PYIQA,
    modules=("torch", "pyiqa"),
    install=INSTALL_NONCOMMERCIAL,
)
MANIQA = replace(
    MUSIQ,
    id="maniqa",
    bounds=(0.0, float("inf")),
    convention=f"{_NC}MANIQA trained on KonIQ-10k, about 0 to 1; RGB in [0, 1], 20 crops of 224 px, the upper "
    "four rows of 5 x 5 at even steps (the lowest quarter of what the height has over 224 px is not seen), weighted "
    "over all their patches; nothing random. NOT comparable with random crops (its authors' script, pyiqa to 0.1.10) "
    "or the weights of PIPAL; a picture whose shorter side is 224 px or less is enlarged to 225 (bilinear)",
    source=_MANIQA,
    load=_loader("maniqa", MANIQA_KONIQ),
    weights=(MANIQA_KONIQ,),
)
TOPIQ_FACE = replace(
    MUSIQ,
    id="topiq-face",
    needs=("output", "faces"),
    faces=("output",),
    convention=f"{_NC}TOPIQ (CFANet, ResNet-50) trained on CGFIQA-40k, about 0 to 1; the face's five points (dlib's) "
    "on FFHQ's template at 512 px, by Lanczos, or area averaging where the face gets smaller, edges repeated. pyiqa's "
    "own topiq_nr-face cuts the same crop by RetinaFace's points, bilinearly, with grey edges",
    source=_TOPIQ,
    load=_load_topiq_face,
    weights=(TOPIQ_FACE_WEIGHTS, *CARDS),
)
QUALICLIP = replace(
    MUSIQ,
    id="qualiclip",
    bounds=(0.0, 1.0),
    convention=f"{_NC}mean probability of the good half over seven pairs of prompts (Good / Bad photo, Sharp / Blurry "
    "image, ...), CLIP's ResNet-50 as QualiCLIP trained it, softmax at pyiqa's temperature 2, no positions; RGB in "
    "[0, 1], whole picture at its own size. QualiCLIP+ and another temperature give other numbers: S4 states none",
    source=_QUALICLIP,
    load=_loader("qualiclip", QUALICLIP_WEIGHTS),
    weights=(QUALICLIP_WEIGHTS,),
    modules=("torch", "pyiqa", "clip"),
)
CLIP_IQA = Measure(
    id="clip-iqa",
    version=1,
    needs=("output",),
    unit="",
    better="higher",
    bounds=(0.0, 1.0),
    convention='probability of "Good photo." against "Bad photo.", OpenAI\'s CLIP ResNet-50 without positions; RGB in '
    "[0, 1], whole picture at its own size. One pair, as its paper has it: NOT comparable with pyiqa's clipiqa, the "
    "mean over five pairs, nor with CLIP-IQA+, whose prompts are trained",
    source=Source("Wang et al. 2023 (CLIP-IQA)", "arXiv:2207.12396"),
    load=_loader("clip_iqa", CLIP_RN50),
    weights=(CLIP_RN50,),
    implementation="piq",
    modules=("torch", "piq", "clip"),
    install=INSTALL,
)
