import numpy as np
import pytest
import skimage.data

from bonaface.core.cases import Face

# Found on the crop below by dlib's predictor of 68 points.
LANDMARKS = [
    (83, 105), (83, 117), (84, 128), (85, 139), (89, 151), (95, 161), (104, 169), (114, 176), (125, 178),
    (137, 177), (147, 171), (157, 163), (164, 154), (169, 143), (171, 131), (174, 120), (175, 108),
    (90, 94), (96, 88), (104, 87), (112, 89), (120, 92), (141, 93), (148, 91), (156, 90), (164, 92), (169, 98),
    (130, 102), (130, 111), (129, 119), (129, 127), (118, 131), (123, 133), (128, 134), (134, 133), (138, 132),
    (99, 101), (104, 98), (111, 98), (116, 104), (110, 104), (103, 104),
    (141, 105), (148, 101), (154, 101), (159, 104), (154, 106), (147, 106),
    (104, 139), (113, 139), (122, 139), (128, 141), (133, 140), (141, 140), (149, 141), (141, 151), (133, 155),
    (126, 156), (120, 155), (112, 150), (107, 140), (121, 143), (127, 144), (133, 143), (146, 142), (133, 150),
    (127, 150), (121, 149),
]  # fmt: skip


@pytest.fixture(scope="session")
def image():
    """A face, 256x256 pixels; locked, so that writing into an input fails the test."""
    crop = skimage.data.astronaut()[0:256, 96:352].astype(np.float32) / np.float32(255)
    crop.flags.writeable = False
    return crop


@pytest.fixture(scope="session")
def face():
    """The face on `image`."""
    return Face(box=(86.0, 76.0, 175.0, 166.0), landmarks=np.array(LANDMARKS, np.float64))


@pytest.fixture
def rng():
    return np.random.default_rng(7)
