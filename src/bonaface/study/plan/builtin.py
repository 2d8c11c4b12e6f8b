"""The plans that come with Bonaface. To add one, write it here and list it in `PLANS`."""

from __future__ import annotations

from pathlib import Path

from bonaface.core.catalog import Catalog
from bonaface.core.errors import InputError
from bonaface.degrade import AreaDownscale, Degradation, GaussianBlur, GaussianNoise, Jpeg
from bonaface.edit import EDITORS
from bonaface.study.plan.plan_files import read_plan
from bonaface.study.plan.plans import Asked, Contender, Damage, Grid, Plan


def _all(*names: str) -> tuple[Contender, ...]:
    return tuple(Contender(name) for name in names)


def _raised(family: str, unit: str, levels: dict[float, Degradation], *, random: bool = False) -> tuple[Damage, ...]:
    return tuple(Damage(f"{family}-{unit}{level:g}", how, family, level, random) for level, how in levels.items())


SMOKE = Plan(
    name="smoke",
    description="A minute's work that goes through everything: two damages, three restorers, quick measures.",
    degradations=(Damage.of("study-x4", "study", 4), Damage.of("study-x8", "study", 8)),
    restorers=_all("bicubic", "lanczos", "pro-uigan-compact"),
    measures=("psnr", "ssim", "histogram-correlation", "keypoints", "lmd"),
    grids=(Grid(), Grid("celeba", 128)),
    side=256,
)
# S0's own measures; its descriptions by a service and its CLIP scores are no measures of the catalog.
RESTORATION = Plan(
    name="restoration-study",
    description="S0: faces of 1024 px reduced to 32, 64, 128 and 256 px, with blur, noise and JPEG, then restored.",
    degradations=tuple(Damage.of(f"study-x{factor}", "study", factor) for factor in (4, 8, 16, 32)),
    restorers=_all(
        *("bicubic", "lanczos", "pro-uigan-compact", "gfpgan-1.4", "gpen-bfr-512"),
        *("codeformer", "restoreformer-plus-plus"),
    ),
    measures=(
        *("keypoints", "lmd", "lpips-alex", "lpips-vgg", "histogram-correlation", "psnr", "ssim", "ciede2000"),
        *("identity-angle", "attribute-agreement"),
    ),
    # Networks deliver 512 px: both sizes are named. The bundled ones deliver a part of the face.
    grids=(Grid(), Grid(side=512), Grid("celeba", 128)),
    audits=True,
)
BREAKING = Plan(
    name="breaking-point",
    description="S1: blur, reduction, noise and JPEG, each raised alone until a measure's curve breaks.",
    degradations=(
        *_raised("blur", "sigma-", {s: GaussianBlur(sigma=s) for s in (0.5, 1, 1.5, 2, 3, 4, 6, 8, 10)}),
        *_raised("downscale", "x", {r: AreaDownscale(r) for r in (1.5, 2, 3, 4, 6, 8, 12)}),
        *_raised("noise", "sigma-", {d: GaussianNoise(d) for d in (2.5, 5, 10, 15, 25, 40, 60)}, random=True),
        *_raised("jpeg", "q", {q: Jpeg(int(q)) for q in (90, 75, 60, 45, 30, 20, 10, 5)}),
    ),
    restorers=_all("bicubic", "gfpgan-1.4", "codeformer", "restoreformer-plus-plus"),
    measures=("psnr", "ssim", "lpips-vgg", "identity-angle", "lmd", "niqe-face"),
)
_SIZES = (16, 24, 32, 48, 64)
OCCLUSION = Plan(
    name="occlusion",
    description="S2: faces of 128 px covered by squares and irregular masks, also in a series of sizes; 16 px seen.",
    degradations=(
        Damage.of("prouigan-square"),
        Damage.of("prouigan-irregular"),
        *(Damage.of(f"prouigan-square-{size}", "square", size) for size in _SIZES),
    ),
    restorers=_all("bicubic", "pro-uigan-compact", "pro-uigan-compact-full", "pro-uigan-plain"),
    measures=("psnr", "ssim", "nrmse", "parsing-iou", "identity-angle"),
    framing="celeba",
    side=128,
)
# S0's noise has "mean 0, std 1": one grey level would hardly be seen, and its pictures look destroyed. There are three
# readings of it, each with the same picture denoised: one level; one level whose negative values wrap, which looks like
# S0's pictures; and the whole range.
_NOISE = {"1 level": "", "1 level, wrapped": "-wrapped", "255 levels": "-strong"}
EXPRESSION = Plan(
    name="expression-study",
    description="S0: neutral faces of 256 px, as they are, noisy and denoised, given other expressions by editors.",
    degradations=(
        Damage.of("original"),
        *(
            Damage.of(f"{what}{ending}", family, draws=f"noisy{ending}")
            for family, ending in _NOISE.items()
            for what in ("noisy", "denoised")
        ),
    ),
    restorers=(),
    # S0 masked its inpainting model only; the other two were given the whole face.
    editors=tuple(Asked(card.id, whole=card.takes_region and not card.needs_region) for card in EDITORS),
    targets=("angry", "happy", "sad", "surprised"),
    measures=(
        *("ecs", "identity-retention", "niqe-face", "identity-angle", "lmd", "histogram-correlation", "keypoints"),
        "clip-semantics",
    ),
    framing="ffhq",
    side=256,
    audits=True,
)
PLANS: Catalog[Plan] = Catalog("plan", [SMOKE, RESTORATION, BREAKING, OCCLUSION, EXPRESSION])


def plan_of(name: str) -> Plan:
    """A built-in plan by its name, or one in a file.

    Raises:
        UnknownName: neither.
        InputError: a file that is no plan.
    """
    if name in PLANS:
        return PLANS[name]
    path = Path(name)
    if path.suffix.lower() == ".toml" or path.exists():
        if not path.is_file():
            raise InputError(f"There is no file {path}; expected a plan in TOML. Check the spelling.")
        return read_plan(path)
    return PLANS[name]
