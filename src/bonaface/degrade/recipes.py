"""Named degradations: those of the sources, ready to use."""

from __future__ import annotations

from dataclasses import dataclass

from bonaface.core.catalog import Catalog, Source
from bonaface.degrade.base import Degradation
from bonaface.degrade.blur import AnisotropicBlur, GaussianBlur, MotionBlur
from bonaface.degrade.chain import Chain, OneOf, SameSize, Sometimes
from bonaface.degrade.colour import ColourJitter, ColourShift, Grey
from bonaface.degrade.denoise import NonLocalMeans
from bonaface.degrade.face_occlusion import FaceOcclusion, Part
from bonaface.degrade.jpeg import Jpeg
from bonaface.degrade.noise import GaussianNoise, WrappedNoise
from bonaface.degrade.occlude import IrregularMask, SquareMask
from bonaface.degrade.parameters import Choice, Integers, Uniform
from bonaface.degrade.resize import AreaDownscale, BilinearDownscale, ResizeTo
from bonaface.degrade.unchanged import Unchanged


@dataclass(frozen=True, slots=True)
class Recipe:
    """A degradation with a name.

    Attributes:
        id: the name.
        description: one sentence.
        source: where it is described.
        degradation: what it does.
        random: whether two seeds give two results.
        needs_face: whether it is placed by landmarks.
    """

    id: str
    description: str
    source: Source
    degradation: Degradation
    random: bool = True
    needs_face: bool = False


STUDY = Source("Kumar, Thakur, Sathvik & Bhattacharya: Study on Face Hallucinating Features, III.B")
GFPGAN = Source("Wang et al. 2021 (GFP-GAN), CVPR", "doi:10.1109/CVPR46437.2021.00905")
GFPGAN_CODE = Source("GFP-GAN, released training options (train_gfpgan_v1)", "https://github.com/TencentARC/GFPGAN")
REPRODUCTION = Source("Munoz, Wazzi & Arnouk: reproduction of GFP-GAN, equations 6 and 7")
PRO_UIGAN = Source("Zhang et al. 2021 (Pro-UIGAN)", "https://arxiv.org/abs/2108.00602")
REGGAN = Source("Improving Generative Adversarial Network Generalization for Facial Expression Synthesis (RegGAN)")


def _study(factor: int) -> Recipe:
    assumed = "" if factor == 4 else " (assumed: the study states the other parameters for 4 only)"
    return Recipe(
        f"study-x{factor}",
        f"Blur with a kernel of 5, reduction by {factor}, noise of 5 levels and JPEG at 70, in the new size{assumed}.",
        STUDY,
        Chain((GaussianBlur(kernel=5), AreaDownscale(factor), GaussianNoise(5), Jpeg(70))),
    )


# Where the paper and its reproduction are silent (kernel of 41 pixels, plain bilinear), as in the released options.
_GFPGAN_PAPER = SameSize(
    Chain((
        GaussianBlur(kernel=41, sigma=Uniform(0.2, 10)),
        BilinearDownscale(Uniform(1, 8), antialias=False),
        GaussianNoise(Uniform(0, 15)),
        Jpeg(Integers(60, 100)),
    )),
    "bilinear-plain",
)  # fmt: skip

_GFPGAN_CODE = Chain((
    SameSize(
        Chain((
            OneOf((
                GaussianBlur(kernel=41, sigma=Uniform(0.1, 10)),
                AnisotropicBlur(Uniform(0.1, 10), Uniform(0.1, 10), angle=Uniform(-180, 180), kernel=41),
            )),
            BilinearDownscale(Uniform(0.8, 8), antialias=False),  # under 1 enlarges, as in the options
            GaussianNoise(Uniform(0, 20)),
            Jpeg(Integers(60, 100)),
        )),
        "bilinear-plain",
    ),
    Sometimes(ColourShift(20), 0.3),
    Sometimes(Grey(), 0.01),
    Sometimes(ColourJitter(Uniform(0.5, 1.5), Uniform(0.5, 1.5), Uniform(0, 1.5), Uniform(-0.1, 0.1)), 0.3),
))  # fmt: skip

_S1 = SameSize(
    Chain((
        GaussianBlur(kernel=Choice((3, 5, 7, 9, 11, 13, 15)), sigma=Uniform(0.2, 10)),
        BilinearDownscale(Uniform(1, 8), antialias=False),
        GaussianNoise(Uniform(0, 15)),
        Jpeg(Integers(60, 100)),
    )),
    "bilinear-plain",
)  # fmt: skip

# The values of OpenCV's own tutorial; the study states none.
_DENOISING = NonLocalMeans(strength=10, colour_strength=10, template=7, search=21)


def _pro_uigan(name: str, description: str, mask: Degradation) -> Recipe:
    # Antialiased: OpenCV's bilinear would read 2 of 8 pixels in each direction.
    steps = (ResizeTo(128, 128, "area"), mask, ResizeTo(16, 16, "bilinear"))
    return Recipe(name, f"An aligned face of 128 pixels, {description}, reduced to 16.", PRO_UIGAN, Chain(steps))


def _occluded(part: Part, description: str) -> Recipe:
    return Recipe(f"occluded-{part}", description, PRO_UIGAN, FaceOcclusion(part), random=False, needs_face=True)


RECIPES: Catalog[Recipe] = Catalog(
    "recipe",
    [
        *(_study(factor) for factor in (4, 8, 16, 32)),
        Recipe("gfpgan-paper", "The training degradation of GFP-GAN with the paper's ranges, in the old size.", GFPGAN,
               _GFPGAN_PAPER),
        Recipe("gfpgan-code", "The training degradation of GFP-GAN with the released options, colour changes included.",
               GFPGAN_CODE, _GFPGAN_CODE),
        Recipe("s1", "GFP-GAN's degradation as reproduced, with kernels of 3 to 15 pixels at random, in the old size.",
               REPRODUCTION, _S1),
        Recipe("original", "The picture as it is.", STUDY, Unchanged(), random=False),
        Recipe("noisy", "Gaussian noise with a standard deviation of 1 level of 255.", STUDY, GaussianNoise(1)),
        Recipe("noisy-strong", "Gaussian noise with a standard deviation of the whole range, 255 levels.", STUDY,
               GaussianNoise(255)),
        Recipe("noisy-wrapped", "Gaussian noise of 1 level whose negative values wrap to 255 before a saturating sum.",
               STUDY, WrappedNoise(1)),
        Recipe("denoised", "The picture of noisy after non-local means.", STUDY, Chain((GaussianNoise(1), _DENOISING))),
        Recipe("denoised-strong", "The picture of noisy-strong after non-local means.", STUDY,
               Chain((GaussianNoise(255), _DENOISING))),
        Recipe("denoised-wrapped", "The picture of noisy-wrapped after non-local means.", STUDY,
               Chain((WrappedNoise(1), _DENOISING))),
        _pro_uigan("prouigan-square", "covered by a square of 16 to 64 pixels at a random place",
                   SquareMask(Integers(16, 64))),
        _pro_uigan("prouigan-irregular", "covered to 1 to 60% by random strokes and holes",
                   IrregularMask(Uniform(0.01, 0.6))),
        *(_pro_uigan(f"prouigan-square-{size}", f"covered by a square of {size} pixels at a random place",
                     SquareMask(size)) for size in (16, 24, 32, 48, 64)),
        _occluded("mouth", "Nose, mouth and chin covered as by a medical mask."),
        _occluded("eyes", "Eyes covered as by dark glasses."),
        _occluded("left-half", "The person's left half of the face covered."),
        _occluded("right-half", "The person's right half of the face covered."),
        Recipe("gaussian-smoothed", "Gaussian blur with a standard deviation of 2 pixels (chosen, not the source's).",
               REGGAN, GaussianBlur(sigma=2), random=False),
        Recipe("motion-blurred", "Even motion over 15 pixels at 45 degrees (chosen, not the source's).", REGGAN,
               MotionBlur(length=15, angle=45), random=False),
    ],
)  # fmt: skip
