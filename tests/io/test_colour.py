"""Colour profiles, against the colour library itself and against the published formulas."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
import tifffile
from PIL import Image, ImageCms

from bonaface.io.colour import deep_to_srgb
from bonaface.io.pictures import read_picture
from made_profiles import ADOBE, SRGB, SRGB_CURVE, gamma, profile, rgb_profile, s15

WIDE = rgb_profile(ADOBE, gamma(563 / 256))
GREY = profile(b"GRAY", {b"kTRC": gamma(1.8)})


def converted(picture: Image.Image, icc: bytes) -> np.ndarray:
    return np.asarray(
        ImageCms.profileToProfile(
            picture, ImageCms.ImageCmsProfile(io.BytesIO(icc)), ImageCms.createProfile("sRGB"),
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC, outputMode="RGB",
        )
    )  # fmt: skip


@pytest.mark.parametrize("ending", ["png", "jpg", "tif", "webp"])
def test_another_profile_is_converted_and_said(photo, tmp_path, ending):
    path = tmp_path / f"a.{ending}"
    Image.fromarray(photo).save(path, icc_profile=WIDE, **({"lossless": True} if ending == "webp" else {}))
    picture = read_picture(path)
    expected = converted(Image.open(path).convert("RGB"), WIDE)
    assert np.abs(picture.pixels.astype(int) - expected).max() <= 1
    assert np.abs(expected.astype(int) - photo).max() > 20
    assert "converted from the colour profile 'test profile' to sRGB" in picture.notes
    assert picture.icc_profile == WIDE
    assert picture.details["icc"] == "yes"


def test_srgb_is_left_alone(photo, tmp_path):
    Image.fromarray(photo).save(tmp_path / "a.png", icc_profile=SRGB)
    picture = read_picture(tmp_path / "a.png")
    assert np.array_equal(picture.pixels, photo)
    assert picture.notes == ()
    assert picture.icc_profile is None


@pytest.mark.parametrize("icc", [b"nonsense", WIDE[:200], SRGB[:128] + b"\xff" * 200])
def test_a_broken_profile_is_ignored_and_said(photo, tmp_path, icc):
    Image.fromarray(photo).save(tmp_path / "a.tif", icc_profile=icc)
    picture = read_picture(tmp_path / "a.tif")
    assert np.array_equal(picture.pixels, photo)
    assert any("ignored its colour profile" in note for note in picture.notes)
    assert picture.icc_profile is None


def test_a_profile_for_grey_in_a_colour_picture_is_ignored(photo, tmp_path):
    Image.fromarray(photo).save(tmp_path / "a.tif", icc_profile=GREY)
    assert np.array_equal(read_picture(tmp_path / "a.tif").pixels, photo)


@pytest.mark.parametrize("icc", [GREY, WIDE], ids=["grey", "rgb"])
def test_grey_pictures_with_either_kind_of_profile(photo, tmp_path, icc):
    grey = Image.fromarray(photo).convert("L")
    grey.save(tmp_path / "a.tif", icc_profile=icc)
    picture = read_picture(tmp_path / "a.tif")
    expected = converted(grey if icc is GREY else grey.convert("RGB"), icc)
    assert np.abs(picture.pixels.astype(int) - expected).max() <= 1
    assert picture.icc_profile == icc


CURVES = {
    "gamma": gamma(2.2),
    "table": b"curv\0\0\0\0" + struct.pack(">I64H", 64, *np.linspace(0, 1, 64).__pow__(2.0).__mul__(65535).astype(int)),
    "identity": b"curv\0\0\0\0" + struct.pack(">I", 0),
    "para 0": b"para\0\0\0\0\0\0\0\0" + s15(1.8),
    "para 1": b"para\0\0\0\0\0\1\0\0" + s15(2.2, 0.95, 0.05),
    "para 2": b"para\0\0\0\0\0\2\0\0" + s15(2.0, 0.9, 0.05, 0.01),
    "para 3": SRGB_CURVE,
    "para 4": b"para\0\0\0\0\0\4\0\0" + s15(2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045, 0.0, 0.0),
}


@pytest.mark.parametrize("curve", CURVES.values(), ids=CURVES.keys())
def test_sixteen_bits_agree_with_the_colour_library(photo, curve):
    icc = rgb_profile(ADOBE, curve)
    expected = converted(Image.fromarray(photo), icc)
    out, note = deep_to_srgb(photo.astype(np.uint16) * np.uint16(257), icc)
    # The library works in 8 bits here: its rounding, and more where the curve is steep near black.
    bright = expected.min(axis=2) > 12
    assert bright.sum() > 1000
    assert np.abs(out / 257 - expected)[bright].max() < 1.6
    assert "converted" in note


def test_sixteen_bits_are_converted_in_sixteen(deep, tmp_path):
    """Neighbouring levels stay apart: the conversion did not go through 8 bits."""
    ramp = np.repeat(np.arange(30000, 30000 + 64 * 48, dtype=np.uint16).reshape(48, 64, 1), 3, axis=2)
    tifffile.imwrite(tmp_path / "a.tif", ramp, photometric="rgb", iccprofile=WIDE)
    picture = read_picture(tmp_path / "a.tif")
    assert picture.icc_profile == WIDE
    assert len(np.unique(picture.pixels[..., 1])) > 2500
    linear = (ramp[..., 1] / 65535) ** (563 / 256)  # grey is grey in both, so that only the curves differ
    expected = (1.055 * linear ** (1 / 2.4) - 0.055) * 65535
    assert np.abs(picture.pixels[..., 1] - expected).max() < 30


def test_sixteen_bit_grey_with_a_grey_profile(deep, tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", deep[..., 0], photometric="minisblack", iccprofile=GREY)
    picture = read_picture(tmp_path / "a.tif")
    linear = (deep[..., 0] / 65535) ** (round(1.8 * 256) / 256)
    expected = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055) * 65535
    assert np.abs(picture.pixels[..., 2] - expected).max() < 2
    assert picture.icc_profile == GREY


def test_sixteen_bits_with_a_broken_profile(deep, tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", deep, photometric="rgb", iccprofile=b"nonsense")
    picture = read_picture(tmp_path / "a.tif")
    assert np.array_equal(picture.pixels, deep)
    assert any("ignored" in note for note in picture.notes)


def test_cmyk_with_a_profile_of_another_kind_is_still_read(photo, tmp_path):
    Image.fromarray(photo).convert("CMYK").save(tmp_path / "a.tif", icc_profile=WIDE)
    picture = read_picture(tmp_path / "a.tif")
    assert any("ignored" in note for note in picture.notes)
    assert picture.pixels.shape == photo.shape


def test_sixteen_bits_with_a_profile_of_another_kind(deep):
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    _, note = deep_to_srgb(deep, lab)  # a profile for neither RGB nor grey
    assert note.startswith("ignored")


def test_sixteen_bits_through_eight_say_so(photo):
    tagged = profile(b"RGB ", {b"A2B0": lut8()})
    out, note = deep_to_srgb(photo.astype(np.uint16) * np.uint16(257), tagged)
    assert note.endswith("which reduced its 16 bits to 8")
    assert np.array_equal(out // 257, converted(Image.fromarray(photo), tagged))


def lut8() -> bytes:
    """An `mft1` element (ICC.1:2022, 10.11) of 2 grid points a side, straight lines, and any colours at the corners."""
    ramp = bytes(range(256)) * 3
    corners = b"".join(
        bytes([20 + 25 * r + i, 30 + 20 * g, 40 + 30 * b]) for i, (r, g, b) in enumerate(np.ndindex(2, 2, 2))
    )
    head = b"mft1\0\0\0\0" + bytes([3, 3, 2, 0]) + s15(1, 0, 0, 0, 1, 0, 0, 0, 1)
    return head + ramp + corners + ramp
