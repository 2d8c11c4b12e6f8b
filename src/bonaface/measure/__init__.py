"""Measures: pure functions of pictures, each with a card that states its convention.

To add one, write its file and list it here.
"""

from bonaface.core.catalog import Catalog
from bonaface.measure.attributes import ATTRIBUTE_AGREEMENT
from bonaface.measure.colour import CIEDE2000, HISTOGRAM_CORRELATION
from bonaface.measure.expression import ECS
from bonaface.measure.fidelity import PSNR, PSNR_OBSERVED, PSNR_Y, RMSE, RMSE_Y
from bonaface.measure.geometry import LMD, NRMSE
from bonaface.measure.identity import IDENTITY_ANGLE, IDENTITY_COSINE
from bonaface.measure.keypoints import KEYPOINTS
from bonaface.measure.naturalness import NIQE, NIQE_FACE
from bonaface.measure.parsing import PARSING_IOU
from bonaface.measure.record import Measure
from bonaface.measure.structure import MS_SSIM, MS_SSIM_Y, SSIM, SSIM_Y

AUDITED = (PSNR, RMSE, SSIM, SSIM_Y, MS_SSIM, HISTOGRAM_CORRELATION, CIEDE2000)
"""Of the whole picture, as a ledger lists them."""
MEASURES: Catalog[Measure] = Catalog(
    "measure",
    [
        *(PSNR, PSNR_Y, RMSE, RMSE_Y, SSIM, SSIM_Y, MS_SSIM, MS_SSIM_Y),
        *(CIEDE2000, HISTOGRAM_CORRELATION),
        *(IDENTITY_ANGLE, IDENTITY_COSINE, LMD, NRMSE, PARSING_IOU, KEYPOINTS, ATTRIBUTE_AGREEMENT, ECS),
        *(NIQE, NIQE_FACE, PSNR_OBSERVED),
    ],
)
