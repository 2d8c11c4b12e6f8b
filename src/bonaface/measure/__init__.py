"""Measures: pure functions of pictures, each with a card that states its convention.

To add one, write its file and list it here.
"""

from bonaface.core.catalog import Catalog
from bonaface.measure.colour import CIEDE2000, HISTOGRAM_CORRELATION
from bonaface.measure.fidelity import PSNR, RMSE
from bonaface.measure.record import Measure
from bonaface.measure.structure import MS_SSIM, SSIM, SSIM_Y

MEASURES: Catalog[Measure] = Catalog("measure", [PSNR, RMSE, SSIM, SSIM_Y, MS_SSIM, HISTOGRAM_CORRELATION, CIEDE2000])
