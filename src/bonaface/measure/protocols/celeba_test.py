"""CelebA-Test: the synthetic test of blind face restoration since GFP-GAN."""

from __future__ import annotations

from bonaface.core.catalog import Source
from bonaface.measure.protocols.record import Protocol, Published

DEG = (
    'the printed "Deg." is an angle of ArcFace embeddings by scripts that differ (ResNet-18 on grey 128 px; pairs '
    "under 1 degree dropped; radians): CodeFormer's is 32.5 in one paper and 37.3 in another with the same PSNR. "
    "identity-arcface-angle is another network"
)
LMD = (
    'the printed "LMD" is in pixels of points on a grid of 4 px at 512, where 1 px of jitter alone scores 2.08; '
    "lmd-fan is sub-pixel and in % of the inter-ocular distance"
)


def _row(
    who: str, lpips: float, fid: float, deg: float, lmd: float, psnr: float, ssim: float, niqe: float | None = None
) -> Published:
    values = {"lpips-vgg": lpips, "fid": fid, "psnr": psnr, "ssim": ssim} | ({} if niqe is None else {"niqe": niqe})
    return Published(who, values, {"Deg.": deg, "LMD": lmd})


CELEBA_TEST = Protocol(
    id="celeba-test",
    title="CelebA-Test (blind face restoration)",
    source=Source("Wang et al. 2021 (GFP-GAN), as reproduced in S1; later papers' tables", "arXiv:2101.04061"),
    measures=("lpips-vgg", "fid", "niqe", "identity-arcface-angle", "lmd-fan", "psnr", "ssim"),
    size=(512, 512),
    aligned=True,
    inputs="blur, downscaling by 1 to 8, noise and JPEG, drawn per picture (recipe gfpgan-paper), enlarged to 512 px",
    truth="the FFHQ-aligned 512 px crops of CelebA-HQ",
    reference="FFHQ at 512 px (statistics of all 70,000), not the truths",
    faces=3_000,
    traps=(
        DEG,
        LMD,
        "FID against the truths and FID against FFHQ are two numbers; the printed ones are against FFHQ",
        "the mean of dB over pictures is not dB of the mean error; the mean over pictures is taken",
        "LPIPS by VGG; S3 prints LPIPS by AlexNet for the same faces",
        "NIQE goes against people's sense of realness on faces",
    ),
    rows=(
        _row("Input", 0.4866, 143.98, 47.94, 3.76, 25.35, 0.6848, 13.440),
        _row("GFP-GAN", 0.3646, 42.62, 34.60, 2.41, 25.08, 0.6777, 4.077),
        Published("Truth", {"fid": 43.43, "niqe": 4.292, "lpips-vgg": 0.0, "ssim": 1.0}),
        _row("GPEN", 0.4009, 36.46, 35.54, 2.64, 25.59, 0.6894),
        _row("CodeFormer (a later paper's table)", 0.3432, 52.43, 32.51, 2.12, 25.15, 0.6699),
        _row("PMRF", 0.3470, 37.46, 30.67, 2.03, 26.37, 0.7073),
    ),
)
