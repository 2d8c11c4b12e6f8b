"""What Zhang et al. 2021 (Pro-UIGAN, S2) report: arXiv:2108.00602, tables I, V and VI; and how they measured."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from bonaface.core.catalog import Source
from bonaface.measure.protocols.record import Protocol, Published

SOURCE = "Zhang et al. 2021 (Pro-UIGAN), arXiv:2108.00602"
DATA = (
    "CelebA-HQ, 1,568 test images of the standard split, main facial area at 128 px; square masks of 16 to 64 px and "
    "irregular ones; SSIM's convention and the masks themselves are not published"
)
FIGURE_7 = "its series of mask sizes (Fig. 7) is a plot without numbers"
FIGURE_14 = "its recognition rates (Fig. 14) are a plot without numbers"


@dataclass(frozen=True, slots=True)
class Restored:
    """A row of table I, CelebA-HQ.

    Attributes:
        method: as printed; "bicubic + inpainting" and its like are joined with GFC (Li et al. 2017).
        mask: "square" or "irregular".
        order: what comes first, enlarging ("SR+PA") or inpainting ("PA+SR"); "joint": both at once.
        psnr: dB.
        ssim: at most 1.
    """

    method: str
    mask: str
    order: str
    psnr: float
    ssim: float


TABLE_I = (
    Restored("Bicubic + GFC", "square", "SR+PA", 14.038, 0.411),
    Restored("Bicubic + GFC", "square", "PA+SR", 15.322, 0.457),
    Restored("FSRnet + GFC", "square", "SR+PA", 15.011, 0.451),
    Restored("FSRnet + GFC", "square", "PA+SR", 16.445, 0.482),
    Restored("FHC + GFC", "square", "SR+PA", 16.950, 0.503),
    Restored("FHC + GFC", "square", "PA+SR", 19.224, 0.609),
    Restored("PULSE + GFC", "square", "SR+PA", 13.106, 0.375),
    Restored("PULSE + GFC", "square", "PA+SR", 15.270, 0.456),
    Restored("FCSR-GAN", "square", "joint", 23.010, 0.698),
    Restored("Pro-UIGAN", "square", "joint", 25.682, 0.770),
    Restored("Bicubic + GFC", "irregular", "SR+PA", 12.926, 0.371),
    Restored("Bicubic + GFC", "irregular", "PA+SR", 14.078, 0.419),
    Restored("FSRnet + GFC", "irregular", "SR+PA", 14.233, 0.424),
    Restored("FSRnet + GFC", "irregular", "PA+SR", 15.006, 0.450),
    Restored("FHC + GFC", "irregular", "SR+PA", 16.575, 0.490),
    Restored("FHC + GFC", "irregular", "PA+SR", 17.953, 0.549),
    Restored("PULSE + GFC", "irregular", "SR+PA", 12.219, 0.365),
    Restored("PULSE + GFC", "irregular", "PA+SR", 13.992, 0.411),
    Restored("FCSR-GAN", "irregular", "joint", 20.088, 0.617),
    Restored("Pro-UIGAN", "irregular", "joint", 24.534, 0.706),
)


@dataclass(frozen=True, slots=True)
class Aligned:
    """A row of table V, CelebA-HQ: landmarks by FAN, NRMSE in %; parsing IoU; both over both kinds of masks."""

    method: str
    order: str
    nrmse: float
    iou: float


TABLE_V = (
    Aligned("Bicubic + GFC", "SR+PA", 30.67, 0.0071),
    Aligned("Bicubic + GFC", "PA+SR", 27.31, 0.0076),
    Aligned("FHC + GFC", "SR+PA", 18.35, 0.4153),
    Aligned("FHC + GFC", "PA+SR", 16.57, 0.4318),
    Aligned("FCSR-GAN", "joint", 9.74, 0.5445),
    Aligned("Pro-UIGAN", "joint", 7.16, 0.6236),
    Aligned("Ground-truth HR", "", 4.27, 0.6501),
)


@dataclass(frozen=True, slots=True)
class Classified:
    """A row of table VI: share of rightly classified expressions, six classes of Multi-PIE, ten folds."""

    method: str
    order: str
    accuracy: float


TABLE_VI = (
    Classified("Occluded LR", "", 0.2214),
    Classified("Bicubic + GFC", "SR+PA", 0.2059),
    Classified("Bicubic + GFC", "PA+SR", 0.2234),
    Classified("FSRnet + GFC", "PA+SR", 0.2407),
    Classified("PULSE + GFC", "PA+SR", 0.2740),
    Classified("FHC + GFC", "PA+SR", 0.3066),
    Classified("FCSR-GAN", "joint", 0.4593),
    Classified("Pro-UIGAN", "joint", 0.5631),
    Classified("Non-occluded HR", "", 0.9462),
)


def as_dict() -> dict[str, Any]:
    """All of it, for JSON."""
    return {
        "source": SOURCE,
        "data": DATA,
        "table I, CelebA-HQ": [asdict(row) for row in TABLE_I],
        "table V, CelebA-HQ": [asdict(row) for row in TABLE_V],
        "table VI, Multi-PIE": [asdict(row) for row in TABLE_VI],
        "figure 7": FIGURE_7,
        "figure 14": FIGURE_14,
    }


PRO_UIGAN = Protocol(
    id="pro-uigan",
    title="Pro-UIGAN, tables I, V and VI (occluded thumbnails)",
    source=Source("Zhang et al. 2021 (Pro-UIGAN, S2)", "arXiv:2108.00602"),
    measures=("psnr", "ssim", "nrmse-fan", "parsing-iou", "ecs"),
    size=(128, 128),
    aligned=False,
    inputs="16 px thumbnails of faces covered by squares of 16 to 64 px or irregular masks at 128 px",
    truth="the uncovered face at 128 px",
    reference="none: it reports no FID",
    faces=1_568,
    traps=(
        "SSIM's convention and the masks are not published",
        "tables V and VI are over both kinds of masks, and on CelebA-HQ and Multi-PIE",
        "parsing IoU depends on the parser and its classes: here the project's own",
        "NRMSE is in % of the inter-ocular distance here, with FAN's points as in the paper",
        "expression accuracy (table VI) is of six classes of Multi-PIE; `ecs` needs --target",
        "`bonaface bench pro-uigan` makes inputs, restores and measures in one go",
    ),
    rows=(
        *(
            Published(f"{row.method}, {row.order}, {row.mask} masks", {"psnr": row.psnr, "ssim": row.ssim})
            for row in TABLE_I
        ),
        *(
            Published(
                f"{row.method}, {row.order}".rstrip(", ") + " (table V)",
                {"nrmse-fan": row.nrmse, "parsing-iou": row.iou},
            )
            for row in TABLE_V
        ),
        *(
            Published(f"{row.method}, {row.order}".rstrip(", ") + " (table VI)", {"ecs": row.accuracy})
            for row in TABLE_VI
        ),
    ),
)
