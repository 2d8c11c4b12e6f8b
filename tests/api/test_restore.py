"""`bonaface.restore` and the faces of whole photographs."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from PIL import Image

import bonaface
from bonaface.api import restore_faces
from bonaface.core.errors import FaceNotFound, ImageError, InputError, PictureError, UnknownName, WeightsTampered
from bonaface.faces.align import transform, warp_mask
from bonaface.faces.crops import CELEBA, cut, to_crop

NETWORK = "pro-uigan-compact"


@pytest.fixture(scope="module")
def face(astronaut, locator):
    return locator.faces(astronaut)[0]


@pytest.fixture(scope="module")
def crop(astronaut, face):
    """(128, 128, 3) uint8."""
    image = astronaut.astype(np.float32) / 255
    return np.rint(cut(image, to_crop(face.landmarks, 128, CELEBA), 128) * 255).astype(np.uint8)


@pytest.fixture(scope="module")
def small(crop):
    """(16, 16, 3) uint8."""
    return cv2.resize(crop, (16, 16), interpolation=cv2.INTER_AREA)


def test_a_thumbnail_as_a_file_and_as_an_array(tmp_path, small):
    Image.fromarray(small).save(tmp_path / "face.png")
    made = bonaface.restore(tmp_path / "face.png", NETWORK)
    assert made.shape == (128, 128, 3)
    assert np.array_equal(made, bonaface.restore(small, NETWORK, (128, 128)))


def test_occlusions_as_files_masks_and_levels(tmp_path, small):
    mask = np.zeros((128, 128), bool)
    mask[80:110, 30:100] = True
    Image.fromarray(mask.astype(np.uint8) * 255).save(tmp_path / "mask.png")
    made = bonaface.restore(small, NETWORK, occlusion=mask)
    assert np.array_equal(made, bonaface.restore(small, NETWORK, occlusion=tmp_path / "mask.png"))
    assert np.array_equal(made, bonaface.restore(small, NETWORK, occlusion=mask.astype(np.uint8) * 255))
    assert not np.array_equal(made, bonaface.restore(small, NETWORK))


def test_landmarks_as_files_and_arrays(tmp_path, small, face):
    points = transform(face.landmarks, to_crop(face.landmarks, 128, CELEBA))
    (tmp_path / "points.txt").write_text("\n".join(f"{x},{y}" for x, y in points), encoding="utf-8")
    made = bonaface.restore(small, NETWORK, landmarks=points)
    assert np.array_equal(made, bonaface.restore(small, NETWORK, landmarks=tmp_path / "points.txt"))


def test_edits(small):
    plain = bonaface.restore(small, NETWORK)
    moved = bonaface.restore(small, NETWORK, edit={"mouth": (0, 6)})
    assert not np.array_equal(moved, plain)
    with pytest.raises(InputError, match="one of nose, eyes, mouth"):
        bonaface.restore(small, NETWORK, edit={"hat": (0, 6)})


def test_reduction_where_it_is_asked_for(crop, small):
    with pytest.raises(ImageError, match="reads faces of 16x16"):
        bonaface.restore(crop, NETWORK)
    made = bonaface.restore(crop, NETWORK, reduce=True)
    assert np.abs(made - bonaface.restore(small, NETWORK)).max() < 0.05  # `small` was rounded to 8 bits


@pytest.mark.parametrize(
    ("name", "size", "arguments", "said"),
    [
        ("bicubic", None, {}, "none was given"),
        (NETWORK, (256, 256), {}, "delivers 128x128"),
        ("bicubic", (128, 128), {"occlusion": np.ones((128, 128), bool)}, f"takes no occlusion.*{NETWORK}"),
        ("lanczos", (128, 128), {"landmarks": np.zeros((68, 2))}, "takes no landmarks"),
        ("bicubic", (128, 128), {"edit": {"mouth": (0, 1)}}, "takes no landmarks"),
        ("bicubic", (128, 128), {"reduce": True}, "nothing to reduce"),
        (NETWORK, None, {"occlusion": np.zeros((16, 16), bool)}, "16x16 pixels; expected 128x128"),
        (NETWORK, None, {"landmarks": [[1, 2]]}, "68 pairs"),
    ],
)
def test_what_does_not_fit_is_refused(small, name, size, arguments, said):
    with pytest.raises(InputError, match=said):
        bonaface.restore(small, name, size, **arguments)


def test_a_misspelt_restorer(small):
    with pytest.raises(UnknownName, match=NETWORK):
        bonaface.restore(small, "pro-uigan")


def test_tiny_pictures_are_refused():
    with pytest.raises(ImageError, match="at least 8"):
        bonaface.restore(np.zeros((7, 7, 3), np.uint8), "bicubic", (128, 128))


def test_weights_that_were_changed_are_not_used(tmp_path, monkeypatch, small):
    from bonaface.api import wiring
    from bonaface.graphs.bundled import PRO_UIGAN_COMPACT
    from bonaface.io.weights import find_weights

    data = bytearray(find_weights(PRO_UIGAN_COMPACT).read_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / PRO_UIGAN_COMPACT.name).write_bytes(data)
    monkeypatch.setenv("BONAFACE_MODELS", str(tmp_path))
    wiring.restorer.cache_clear()
    with pytest.raises(WeightsTampered):
        bonaface.restore(small, NETWORK)


def test_a_photograph_is_aligned_reduced_and_restored(astronaut, crop, small):
    (found,) = restore_faces(astronaut, NETWORK)
    assert found.face.detector == "hog"
    assert found.image.shape == (128, 128, 3)
    np.testing.assert_allclose(found.thumbnail, small / 255, atol=0.006)
    np.testing.assert_array_equal(found.image, bonaface.restore(found.thumbnail, NETWORK))
    centre = transform(found.face.landmarks.mean(axis=0)[None], found.to_crop)[0]
    assert 40 < centre[0] < 88
    assert 50 < centre[1] < 100


def test_interpolations_do_so_too(astronaut):
    (found,) = restore_faces(astronaut, "bicubic")
    np.testing.assert_array_equal(found.image, bonaface.restore(found.thumbnail, "bicubic", (128, 128)))


def test_the_largest_of_several_faces(astronaut):
    both = np.concatenate([astronaut, astronaut[:, ::-1]], axis=1)
    faces = restore_faces(both, "bicubic")
    assert sum(found.face.confidence > 0.5 for found in faces) == 2
    widths = [found.face.width for found in faces]
    assert widths == sorted(widths, reverse=True)
    (second,) = restore_faces(both, "bicubic", face=2)
    np.testing.assert_array_equal(second.image, faces[1].image)
    with pytest.raises(InputError, match=f"Face 99 was asked for, but {len(faces)} found"):
        restore_faces(both, "bicubic", face=99)


def test_a_box_stands_for_a_detection(astronaut, face):
    (found,) = restore_faces(astronaut, NETWORK, box=face.box)
    (detected,) = restore_faces(astronaut, NETWORK)
    assert found.face.detector == "given"
    np.testing.assert_array_equal(found.image, detected.image)


def test_landmarks_align_and_guide(astronaut, face):
    (found,) = restore_faces(astronaut, NETWORK, landmarks=face.landmarks)
    np.testing.assert_array_equal(found.to_crop, to_crop(face.landmarks, 128, CELEBA))
    guided = bonaface.restore(found.thumbnail, NETWORK, landmarks=transform(face.landmarks, found.to_crop))
    np.testing.assert_array_equal(found.image, guided)


def test_what_is_covered_is_black_in_the_thumbnail(astronaut, face):
    mask = np.zeros(astronaut.shape[:2], bool)
    x0, _, x1, y1 = (round(v) for v in face.box)
    mask[round(face.landmarks[30, 1]) : y1 + 20, x0 - 5 : x1 + 5] = True
    painted = astronaut.copy()
    painted[mask] = (0, 80, 200)
    (found,) = restore_faces(painted, NETWORK, occlusion=mask, landmarks=face.landmarks)
    (bare,) = restore_faces(np.where(mask[..., None], 0, astronaut).astype(np.uint8), NETWORK, occlusion=mask,
                            landmarks=face.landmarks)  # fmt: skip
    assert (found.thumbnail == 0).all(axis=2).any()
    np.testing.assert_allclose(found.image, bare.image, atol=0.05)  # Lanczos rings over the edge of what covers
    crop = warp_mask(mask, found.to_crop, (128, 128))
    assert 0.05 < crop.mean() < 0.5


def test_no_face_is_no_result():
    sky = np.full((300, 300, 3), 160, np.uint8)
    with pytest.raises(FaceNotFound, match="--box"):
        restore_faces(sky, NETWORK)


@pytest.mark.parametrize(
    ("hints", "said"),
    [
        ({"box": (10, 10, 12, 90)}, "8 px or more"),
        ({"box": (600, 10, 700, 90)}, "lies outside"),
        ({"landmarks": np.random.default_rng(0).uniform(900, 999, (68, 2))}, "lies outside"),
        ({"box": (1, 1, 90, 90), "landmarks": np.random.default_rng(0).uniform(0, 99, (68, 2))}, "Leave the box out"),
        ({"box": (1, 1, 90, 90), "face": 1}, "pointed at and numbered"),
        ({"occlusion": np.zeros((128, 128), bool)}, "128x128 pixels; expected 512x512, the size of the photograph"),
    ],
)
def test_hints_that_do_not_fit(astronaut, hints, said):
    with pytest.raises(InputError, match=said):
        restore_faces(astronaut, NETWORK, **hints)


def test_thumbnails_are_no_photographs(small):
    with pytest.raises((PictureError, ImageError), match="at least 32"):
        restore_faces(small, NETWORK)


def test_an_aligned_crop_is_audited_with_its_thumbnail(crop, small):
    """What a 128 px result shows of the truth; the damaged picture has 16 px."""
    for name in ("bicubic", NETWORK):
        made = bonaface.restore(small, name, (128, 128))
        ledger = bonaface.audit(made, truth=crop, observed=small, aligned=True)
        assert ledger.maps["invented"].shape == (128, 128)
        assert ledger.framing["output"]["moved_px"] < 1.5
        assert any(finding.verdict in ("lost", "altered", "invented") for finding in ledger.findings)
        assert ledger.measures["psnr:bicubic"].value == pytest.approx(
            10 * np.log10(1 / np.mean((bonaface.restore(small, "bicubic", (128, 128)) - crop / 255) ** 2)), abs=0.1
        )
