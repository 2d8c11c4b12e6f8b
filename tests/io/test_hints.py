"""Masks and landmarks that a person gives in files."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image

from bonaface.core.errors import InputError, PictureError
from bonaface.io.hints import read_landmarks, read_mask, to_landmarks

POINTS = np.random.default_rng(0).uniform(0, 128, (68, 2)).round(3)


def test_masks(tmp_path):
    mask = np.zeros((16, 20), np.uint8)
    mask[3:7, 5:9] = 255
    for name, pixels in (("grey.png", mask), ("rgb.png", np.repeat(mask[..., None], 3, 2)), ("one.png", mask > 0)):
        Image.fromarray(pixels).save(tmp_path / name)
        found = read_mask(tmp_path / name)
        assert found.dtype == bool
        assert np.array_equal(found, mask > 0)


def test_soft_edges_are_cut_in_the_middle(tmp_path):
    mask = np.zeros((64, 64), np.uint8)
    mask[10:40, 10:40] = 255
    mask[9, 10:40], mask[40, 10:40] = 127, 128
    Image.fromarray(mask).save(tmp_path / "soft.png")
    found = read_mask(tmp_path / "soft.png")
    assert not found[9].any()
    assert found[40, 10:40].all()


def test_a_photograph_is_no_mask(tmp_path, face_256):
    Image.fromarray(face_256).save(tmp_path / "photo.png")
    Image.fromarray(face_256[..., 0]).save(tmp_path / "grey.png")
    with pytest.raises(PictureError, match="has colours; expected a mask"):
        read_mask(tmp_path / "photo.png")
    with pytest.raises(PictureError, match="neither black nor white"):
        read_mask(tmp_path / "grey.png")


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(f"{x},{y}" for x, y in POINTS),
        "# jaw first\n" + "\r\n".join(f"{x}; {y}" for x, y in POINTS) + "\n\n",
        "\ufeff" + "\n".join(f"{x} {y}" for x, y in POINTS),
        json.dumps(POINTS.tolist()),
        json.dumps({"landmarks": POINTS.tolist()}),
    ],
    ids=["commas", "comment and semicolons", "spaces", "json", "json object"],
)
def test_landmarks(tmp_path, text):
    path = tmp_path / "points.txt"
    path.write_text(text, encoding="utf-8")
    np.testing.assert_array_equal(read_landmarks(path), POINTS)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"1,2\n3,4\n", "has 2 lines; expected 68"),
        (b"1,2,3\n" * 68, "expected 68, each of the form x,y"),
        (b"a,b\n" * 68, "pairs of numbers"),
        (b"nan,1\n" * 68, "finite"),
        (b"[[1, 2], [3", "none"),
        (b'{"points": []}', "68 pairs"),
        (json.dumps([[1, 2]] * 5).encode(), r"shape \(5, 2\)"),
        (b"\xff\xfe\x00\x01" * 9, "no text"),
        (b"", "has 0 lines"),
    ],
)
def test_other_files_are_refused(tmp_path, content, said):
    path = tmp_path / "points.txt"
    path.write_bytes(content)
    with pytest.raises(InputError, match=said) as caught:
        read_landmarks(path)
    assert str(path) in str(caught.value)


def test_files_that_are_not_there(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        read_landmarks(tmp_path / "gone.txt")
    with pytest.raises(InputError, match="cannot be read"):
        read_landmarks(tmp_path)


def test_arrays():
    assert to_landmarks(POINTS.astype(np.float32)).dtype == np.float64
    with pytest.raises(InputError, match="68 pairs"):
        to_landmarks("nose")
