from functools import partial

import cv2
import numpy as np
import pytest

from bonaface.core.errors import InputError
from bonaface.restore.interpolate import BICUBIC, LANCZOS, resize


@pytest.mark.parametrize(("card", "flag"), [(BICUBIC, cv2.INTER_CUBIC), (LANCZOS, cv2.INTER_LANCZOS4)])
def test_enlarges_as_opencv_does(card, flag, face_16):
    made = card.load({}, size=(100, 128))(face_16)
    np.testing.assert_allclose(made, np.clip(cv2.resize(face_16, (128, 100), interpolation=flag), 0, 1), atol=1e-6)


def test_reduces_by_area(face_128):
    blocks = face_128.reshape(16, 8, 16, 8, 3).mean(axis=(1, 3))
    np.testing.assert_allclose(resize(face_128, (16, 16), "bicubic"), blocks, atol=1e-6)


@pytest.mark.parametrize("load", [partial(BICUBIC.load, {}), partial(LANCZOS.load, {})])
def test_no_pixels_are_no_size(load):
    with pytest.raises(InputError, match="1x1"):
        load(size=(0, 5))
