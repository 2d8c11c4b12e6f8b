import cv2
import numpy as np
import pytest

from bonaface.core.errors import ImageError
from bonaface.core.regions import PARSED, Region
from bonaface.faces import parse
from bonaface.faces.crops import CELEBA_HQ, cut, to_crop
from bonaface.faces.parse import CLASSES, GRID, REGION_CLASSES, SIDE


@pytest.fixture(scope="module")
def parser():
    from bonaface.api import wiring

    return wiring.parser()


@pytest.fixture(scope="module")
def logits():
    """Smooth random ones, so that classes have areas."""
    planes = np.random.default_rng(0).normal(0, 1, (len(CLASSES), GRID, GRID)).astype(np.float32)
    return np.stack([cv2.GaussianBlur(plane, (0, 0), 6) for plane in planes])


def enlarged(plane, height, width):
    """Bilinear with the half-pixel convention, written plainly."""

    def weights(length, target):
        place = np.clip((np.arange(target) + 0.5) * length / target - 0.5, 0, length - 1)
        low = np.minimum(np.floor(place).astype(int), length - 2)
        out = np.zeros((target, length))
        out[np.arange(target), low] = 1 - (place - low)
        out[np.arange(target), low + 1] += place - low
        return out

    return weights(plane.shape[0], height) @ plane @ weights(plane.shape[1], width).T


@pytest.mark.parametrize("size", [(256, 256), (300, 500), (128, 128)])
def test_labels_are_the_strongest_enlarged_logits(logits, size):
    expected = np.argmax([enlarged(plane.astype(np.float64), *size) for plane in logits], axis=0)
    found = parse.labels_at(logits, size)
    assert found.dtype == np.uint8
    assert found.shape == size
    assert (found == expected).mean() > 0.999  # ties of float32


def test_labels_on_the_crop_itself_are_those_of_the_crop(logits):
    window = slice(0, SIDE), slice(0, SIDE)
    found = parse.labels_on(logits, np.eye(2, 3), window)
    assert (found == parse.labels_at(logits, (SIDE, SIDE))).mean() > 0.995  # warps round places to 1/32 px


def test_labels_follow_the_crop_onto_a_picture(logits):
    scale, shift = 0.5, (30.0, 70.0)
    matrix = np.array([[scale, 0, -scale * shift[0]], [0, scale, -scale * shift[1]]])
    whole = parse.labels_on(logits, matrix, (slice(0, 700), slice(0, 640)))
    assert not whole[:68].any()
    assert not whole[:, :28].any()
    rows, columns = parse.window_of(matrix, (700, 640))
    assert (rows.start, columns.start) == (69, 29)
    assert abs(rows.stop - 582) <= 1
    np.testing.assert_array_equal(parse.labels_on(logits, matrix, (rows, columns)), whole[rows, columns])
    middle = parse.labels_at(logits, (512, 512))[10:-10, 10:-10]
    # Half a pixel of the picture is a quarter of the crop's: borders between classes move by less than a pixel.
    assert (whole[80:572, 40:532] == middle).mean() > 0.97


def test_a_crop_outside_the_picture_labels_nothing(logits):
    matrix = np.array([[1.0, 0, -5000], [0, 1.0, -5000]])
    window = parse.window_of(matrix, (100, 100))
    assert parse.labels_on(logits, matrix, window).size == 0


def test_counts_are_of_the_crop(logits):
    counts = parse.counts(logits)
    assert counts.sum() == SIDE * SIDE
    assert counts[3] == (parse.labels_at(logits, (SIDE, SIDE)) == 3).sum()


def test_small_parts_are_absent():
    labels = np.zeros((100, 100), np.uint8)
    labels[:8, :8] = REGION_CLASSES[Region.HAT]
    labels[20:27, :9] = REGION_CLASSES[Region.GLASSES]  # 63 pixels
    labels[50:70, :9] = REGION_CLASSES[Region.NECK]
    here = np.full(len(CLASSES), 64)
    here[REGION_CLASSES[Region.NECK]] = 63
    found = parse.parsed_regions(labels, here)
    assert set(found) == {Region.HAT}
    assert found[Region.HAT].sum() == 64


def test_every_parsed_region_is_a_class():
    assert set(REGION_CLASSES) == set(PARSED)
    assert CLASSES[REGION_CLASSES[Region.LEFT_EAR]] == "left ear"
    assert CLASSES[REGION_CLASSES[Region.TEETH]] == "mouth interior"
    assert len(CLASSES) == 19


def test_other_sizes_are_refused(parser):
    with pytest.raises(ImageError, match="parse_at"):
        parser.logits(np.zeros((128, 128, 3), np.float32))


def test_any_size_can_be_parsed(parser, face_512):
    crop = face_512.astype(np.float32) / 255
    assert parser.parse_at(crop, (512, 512)).shape == (512, 512)
    small = cv2.resize(crop, (256, 256), interpolation=cv2.INTER_AREA)
    assert parser.parse(small).shape == (256, 256)
    np.testing.assert_array_equal(parser.parse(small), parser.parse_at(small, (256, 256)))


def test_nothing_is_said_outside_the_crop(parser, astronaut, locator):
    face = locator.faces(astronaut)[0]
    image = astronaut.astype(np.float32) / 255
    labels = parser.parse_face(image, face.landmarks)
    assert labels.shape == astronaut.shape[:2]
    rows, columns = parse.window_of(to_crop(face.landmarks, SIDE, CELEBA_HQ), astronaut.shape[:2])
    outside = labels.copy()
    outside[rows, columns] = 0
    assert not outside.any()


def test_parts_of_the_astronauts_face(parser, astronaut, locator):
    """Where landmarks say that eyes, nose and mouth are, the parser sees them; left and right are her own."""
    face = locator.faces(astronaut)[0]
    labels = parser.parse_face(astronaut.astype(np.float32) / 255, face.landmarks)
    for name, points in (
        ("right eye", range(36, 42)),
        ("left eye", range(42, 48)),
        ("nose", range(27, 36)),
        ("upper lip", range(48, 55)),
    ):
        y, x = np.nonzero(labels == CLASSES.index(name))
        place = face.landmarks[list(points)].mean(axis=0)
        assert np.hypot(x.mean() - place[0], y.mean() - place[1]) < 0.15 * face.inter_ocular, name
    assert (labels == CLASSES.index("hair")).sum() > (labels == CLASSES.index("nose")).sum()


def test_the_crop_of_a_face_shows_one_and_noise_does_not(parser, astronaut, locator):
    image = astronaut.astype(np.float32) / 255
    crop = cut(image, to_crop(locator.faces(astronaut)[0].landmarks, SIDE, CELEBA_HQ), SIDE)
    assert parse.shows_face(parser.logits(crop))
    rng = np.random.default_rng(0)
    for other in (rng.random((SIDE, SIDE, 3), np.float32), np.full((SIDE, SIDE, 3), 0.5, np.float32), crop[::-1]):
        assert not parse.shows_face(parser.logits(np.ascontiguousarray(other)))


def test_agrees_with_the_masks_of_celebamask(parser, data, read):
    """Mean IoU over classes with ten pictures, on every ninth picture; a tenth of all was kept out of training."""
    import bonaface

    both, either, pictures = np.zeros(19), np.zeros(19), np.zeros(19)
    for file in sorted((data / "celebamask/images").iterdir())[::9]:
        mask = cv2.imread(str(data / f"celebamask/masks/{file.stem}.png"), cv2.IMREAD_GRAYSCALE)
        labels = bonaface.parse(file).labels
        for index in range(19):
            said, true = labels == index, mask == index
            both[index] += (said & true).sum()
            either[index] += (said | true).sum()
            pictures[index] += true.any()
    counted = pictures >= 10
    assert np.mean(both[counted] / either[counted]) >= 0.70
