"""Measures: pure functions of pictures, each with a card that states its convention.

To add one, write its file and list it here.
"""

from bonaface.core.catalog import Catalog
from bonaface.measure.arcface import IDENTITY_ARCFACE_ANGLE, IDENTITY_ARCFACE_COSINE
from bonaface.measure.attributes import ATTRIBUTE_AGREEMENT
from bonaface.measure.brisque import BRISQUE
from bonaface.measure.colour import CIEDE2000, HISTOGRAM_CORRELATION
from bonaface.measure.expression import ECS
from bonaface.measure.fan import LMD_FAN, NRMSE_FAN
from bonaface.measure.fidelity import PSNR, PSNR_OBSERVED, PSNR_Y, RMSE, RMSE_Y
from bonaface.measure.identity import IDENTITY_ANGLE, IDENTITY_COSINE, IDENTITY_RETENTION
from bonaface.measure.keypoints import KEYPOINTS
from bonaface.measure.landmarks import LMD, NRMSE
from bonaface.measure.naturalness import NIQE, NIQE_FACE
from bonaface.measure.openface import OPENFACE_SIMILARITY
from bonaface.measure.parsing import PARSING_IOU
from bonaface.measure.perceptual import DISTS, LPIPS_ALEX, LPIPS_VGG
from bonaface.measure.quality import CLIP_IQA, MANIQA, MUSIQ, QUALICLIP, TOPIQ_FACE
from bonaface.measure.record import Measure
from bonaface.measure.semantics import CLIP_SEMANTICS
from bonaface.measure.sets import FID, KID
from bonaface.measure.structure import MS_SSIM, MS_SSIM_Y, SSIM, SSIM_Y

AUDITED = (PSNR, RMSE, SSIM, SSIM_Y, MS_SSIM, HISTOGRAM_CORRELATION, CIEDE2000)
"""Of the whole picture, as a ledger lists them."""
MEASURES: Catalog[Measure] = Catalog(
    "measure",
    [
        *(PSNR, PSNR_Y, RMSE, RMSE_Y, SSIM, SSIM_Y, MS_SSIM, MS_SSIM_Y),
        *(CIEDE2000, HISTOGRAM_CORRELATION),
        *(LPIPS_ALEX, LPIPS_VGG, DISTS),
        *(IDENTITY_ANGLE, IDENTITY_COSINE, IDENTITY_ARCFACE_ANGLE, IDENTITY_ARCFACE_COSINE, OPENFACE_SIMILARITY),
        IDENTITY_RETENTION,
        *(LMD, NRMSE, LMD_FAN, NRMSE_FAN, PARSING_IOU, KEYPOINTS, ATTRIBUTE_AGREEMENT, ECS),
        CLIP_SEMANTICS,
        *(FID, KID),
        *(NIQE, NIQE_FACE, BRISQUE, PSNR_OBSERVED),
        *(MUSIQ, MANIQA, TOPIQ_FACE, QUALICLIP, CLIP_IQA),
    ],
)
