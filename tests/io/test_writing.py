"""Encoding, and writing whole files."""

from __future__ import annotations

import base64
import io
import json
import os

import cv2
import numpy as np
import pytest
from PIL import Image

from bonaface.core.errors import ImageError, InputError, OutputExists
from bonaface.core.images import to_bytes, to_image
from bonaface.io.pictures import data_uri, encode_jpeg, encode_png, read_picture, write_picture
from bonaface.io.store import write_bytes, write_json, write_text


def pixels(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)))


def left_over(folder):
    return [path.name for path in folder.iterdir() if path.name.startswith(".bonaface")]


def test_png_comes_back(photo, deep):
    assert np.array_equal(pixels(encode_png(photo)), photo)
    assert np.array_equal(pixels(encode_png(photo[..., 0])), photo[..., 0])
    assert np.array_equal(pixels(encode_png(to_image(photo))), photo)
    read = cv2.imdecode(np.frombuffer(encode_png(deep, bits=16), np.uint8), cv2.IMREAD_UNCHANGED)
    assert np.array_equal(read[..., ::-1], deep)


def test_depths_are_scaled_and_rounded(photo, deep):
    wide = cv2.imdecode(np.frombuffer(encode_png(photo, bits=16), np.uint8), cv2.IMREAD_UNCHANGED)[..., ::-1]
    assert np.array_equal(wide, photo.astype(np.uint16) * 257)
    assert np.array_equal(pixels(encode_png(deep)), np.rint(deep / 257))
    image = np.random.default_rng(0).random((8, 8, 3), dtype=np.float32)
    assert np.array_equal(pixels(encode_png(image)), to_bytes(image))


def test_jpeg_is_close_and_keeps_thin_colours(photo):
    assert np.abs(pixels(encode_jpeg(photo, quality=98)).astype(int) - photo).mean() < 2
    assert len(encode_jpeg(photo, quality=50)) < len(encode_jpeg(photo, quality=95))
    red = np.zeros((64, 64, 3), np.uint8)
    red[:, ::2, 0] = 255
    assert np.abs(pixels(encode_jpeg(red, quality=95)).astype(int) - red).mean() < 8  # 4:2:0 would smear it


def test_no_metadata_is_written(photo):
    for data in (encode_png(photo), encode_jpeg(photo)):
        picture = Image.open(io.BytesIO(data))
        assert not picture.getexif()
        assert not set(picture.info) & {"exif", "xmp", "icc_profile", "comment", "Software"}


@pytest.mark.parametrize(
    ("array", "text"),
    [
        (np.full((8, 8, 3), 1.5, np.float32), "from 1.5 to 1.5"),
        (np.full((8, 8, 3), np.nan, np.float32), "nan"),
        (np.zeros((8, 8, 4), np.uint8), "shape"),
        (np.zeros((0, 8, 3), np.uint8), "shape"),
        (np.zeros((8, 8, 3), np.int32), "int32"),
    ],
)
@pytest.mark.parametrize("encode", [encode_png, encode_jpeg])
def test_what_is_no_picture_is_not_written(encode, array, text):
    with pytest.raises(ImageError, match=text):
        encode(array)


def test_write_and_read(photo, deep, tmp_path):
    write_picture(tmp_path / "new" / "a.png", to_image(photo))
    assert np.array_equal(read_picture(tmp_path / "new" / "a.png").pixels, photo)
    write_picture(tmp_path / "b.png", deep, bits=16)
    assert np.array_equal(read_picture(tmp_path / "b.png").pixels, deep)
    write_picture(tmp_path / "c.JPG", photo, quality=97)
    assert read_picture(tmp_path / "c.JPG").details["format"] == "JPEG"
    assert left_over(tmp_path) == []


def test_nothing_is_overwritten_unasked(photo, tmp_path):
    path = tmp_path / "a.png"
    write_picture(path, photo)
    before = path.read_bytes()
    with pytest.raises(OutputExists, match="is there already"):
        write_picture(path, 255 - photo)
    assert path.read_bytes() == before
    write_picture(path, 255 - photo, overwrite=True)
    assert np.array_equal(read_picture(path).pixels, 255 - photo)


def test_a_link_to_nothing_counts_as_there(tmp_path):
    (tmp_path / "a").symlink_to(tmp_path / "gone")
    with pytest.raises(OutputExists):
        write_bytes(tmp_path / "a", b"x")


@pytest.mark.parametrize(("name", "text"), [("a.gif", "'.gif'; expected .png"), ("a", "nothing")])
def test_other_endings(photo, tmp_path, name, text):
    with pytest.raises(InputError, match=text):
        write_picture(tmp_path / name, photo)


def test_sixteen_bit_jpeg(photo, tmp_path):
    with pytest.raises(InputError, match="JPEG has 8"):
        write_picture(tmp_path / "a.jpg", photo, bits=16)


def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "a.txt"
    write_text(path, "old")

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(InputError, match="No space left"):
        write_text(path, "new", overwrite=True)
    assert path.read_text() == "old"
    assert left_over(tmp_path) == []


def test_places_that_cannot_be_written(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot be written"):
        write_bytes(tmp_path / "file" / "a", b"x")
    with pytest.raises(InputError, match="cannot be written"):
        write_bytes(tmp_path / ("x" * 300), b"x")
    with pytest.raises(InputError, match="is a folder"):
        write_bytes(tmp_path, b"x", overwrite=True)


def test_json(tmp_path):
    value = {"b": 1, "a": ["é", None, True, 0.1], "bad\udc80name": {}}
    write_json(tmp_path / "a.json", value)
    data = (tmp_path / "a.json").read_bytes()
    assert data.endswith(b"}\n")
    assert "é".encode() in data
    assert json.loads(data) == value
    assert list(json.loads(data)) == list(value)


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_json_refuses_what_is_no_number(tmp_path, number):
    with pytest.raises(ValueError, match="JSON compliant"):
        write_json(tmp_path / "a.json", {"x": [number]})
    assert list(tmp_path.iterdir()) == []


def test_data_uri(photo):
    data = encode_png(photo)
    head, _, body = data_uri(data, "image/png").partition(",")
    assert head == "data:image/png;base64"
    assert base64.b64decode(body) == data


def test_what_a_png_says_of_itself(tmp_path):
    array = np.arange(32 * 40 * 3, dtype=np.uint32).reshape(32, 40, 3).astype(np.uint8)
    said = {"Software": "Bonaface", "Description": "Gemacht, nicht gesehen: ü, 顔"}
    write_picture(tmp_path / "a.png", array, text=said)
    with Image.open(tmp_path / "a.png") as picture:
        assert dict(picture.text) == said
        assert np.array_equal(np.asarray(picture), array)
    assert np.array_equal(read_picture(tmp_path / "a.png").pixels, array)  # every checksum is right
    assert encode_png(array, text={}) == encode_png(array)
    with pytest.raises(InputError, match=r"\.png"):
        write_picture(tmp_path / "a.jpg", array, text=said)
