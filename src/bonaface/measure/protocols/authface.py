"""AuthFace (S3): table 1."""

from __future__ import annotations

from bonaface.core.catalog import Source
from bonaface.measure.protocols.record import Protocol, Published

_METHODS = ("GFPGAN", "PSFRGAN", "CodeFormer", "DR2", "BFRffusion", "SUPIR", "AuthFace")
_TABLE_1 = {
    "CelebA-Test": {
        "psnr": (24.65, 24.68, 25.15, 21.43, 26.19, 25.00, 25.57),
        "ssim": (0.6669, 0.6322, 0.6647, 0.5943, 0.6829, 0.6487, 0.6768),
        "lpips-alex": (0.2308, 0.2943, 0.2269, 0.3443, 0.2272, 0.2716, 0.2143),
        "maniqa": (0.5633, 0.5103, 0.5546, 0.5397, 0.5964, 0.5233, 0.6624),
        "musiq": (73.91, 73.32, 75.56, 70.42, 71.90, 72.92, 75.76),
        "fid": (42.62, 47.59, 52.43, 56.59, 40.74, 35.01, 50.93),
        "clip-iqa": (0.6790, 0.6310, 0.6716, 0.5770, 0.6863, 0.6103, 0.7065),
    },
    "LFW-Test": {
        "maniqa": (0.5514, 0.5176, 0.5415, 0.5326, 0.5528, 0.4768, 0.6431),
        "musiq": (73.58, 73.60, 75.49, 71.04, 69.86, 69.90, 75.87),
        "fid": (49.96, 51.89, 52.36, 47.14, 49.92, 41.98, 45.29),
        "clip-iqa": (0.6994, 0.6471, 0.6893, 0.6069, 0.6969, 0.5931, 0.7350),
    },
    "WebPhoto-Test": {
        "maniqa": (0.5351, 0.4793, 0.5241, 0.4843, 0.4721, 0.4394, 0.5860),
        "musiq": (72.13, 71.67, 74.01, 67.19, 61.78, 65.67, 74.11),
        "fid": (87.35, 88.45, 83.19, 107.86, 84.29, 73.44, 90.04),
        "clip-iqa": (0.6888, 0.6366, 0.6922, 0.5690, 0.6308, 0.5767, 0.6964),
    },
    "WIDER-Test": {
        "maniqa": (0.5289, 0.4925, 0.5119, 0.4989, 0.4923, 0.4522, 0.5941),
        "musiq": (72.80, 71.50, 73.40, 67.18, 61.87, 67.19, 74.59),
        "fid": (39.49, 49.84, 38.78, 45.27, 55.22, 42.61, 36.10),
        "clip-iqa": (0.7101, 0.6482, 0.6990, 0.5943, 0.6789, 0.6093, 0.7306),
    },
}

AUTHFACE = Protocol(
    id="authface",
    title="AuthFace, table 1",
    source=Source("AuthFace (S3), anonymous authors, table 1"),
    measures=("psnr", "ssim", "lpips-alex", "maniqa", "musiq", "fid", "clip-iqa"),
    size=(512, 512),
    aligned=True,
    inputs="CelebA-Test as GFP-GAN's; LFW-, WebPhoto- and WIDER-Test are real damage without a truth",
    truth="the FFHQ-aligned 512 px crops of CelebA-HQ; none for the other three",
    reference="FFHQ at 512 px",
    faces=3_000,
    traps=(
        "LPIPS by AlexNet; GFP-GAN's and CodeFormer's own tables have VGG: GFPGAN has .2308 here and .3646 there",
        "clip-iqa is one pair of prompts, as CLIP-IQA's paper has it; pyiqa's, which most papers run, averages five",
        "no-reference quality misleads on faces: it rewards invented sharpness",
        "FID is printed without its number of pictures, which differs between the four sets",
    ),
    rows=tuple(
        Published(f"{method}, {faces}", {measure: values[number] for measure, values in table.items()})
        for faces, table in _TABLE_1.items()
        for number, method in enumerate(_METHODS)
    ),
)
