"""What is written is the photograph where it was not edited; and where it is not, that is noticed."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from bonaface.core.errors import BonafaceError, InputError
from bonaface.io.delivery import deliver, kind_of
from bonaface.io.pictures import read_picture
from bonaface.io.unchanged import compare_outside
from made_profiles import P3, SRGB_CURVE, rgb_profile

SIZE = (64, 80)


def photograph(path, kind="png", mode="RGB", icc=None, exif=None):
    rng = np.random.default_rng(0)
    if mode == "I;16":
        pixels = rng.integers(0, 65536, SIZE, dtype=np.uint16)
        picture = Image.fromarray(pixels)
    else:
        channels = {"RGB": 3, "RGBA": 4, "L": 1, "LA": 2}[mode]
        pixels = rng.integers(0, 256, (*SIZE, channels), dtype=np.uint8)
        picture = Image.fromarray(pixels[..., 0] if channels == 1 else pixels, mode)
    more = {"icc_profile": icc} if icc else {}
    more |= {"exif": exif} if exif else {}
    picture.save(path, {"jpeg": "JPEG", "png": "PNG", "tiff": "TIFF", "bmp": "BMP"}[kind], **more)
    return path


def delivered(path, into="png", by=0.1):
    """The photograph with a rectangle that is a little brighter, as an edit's delivery; and what was changed."""
    picture, kind = read_picture(path), kind_of(path)
    before = picture.image()
    changed = np.zeros(before.shape[:2], bool)
    changed[20:40, 30:60] = True
    after = np.where(changed[..., None], np.clip(before + np.float32(by), 0, 1), before)
    nothing = np.zeros(changed.shape, np.float32)
    data = path.read_bytes()
    made = deliver(data, kind, picture, before, after, nothing, "test", {}, changed=changed, into=into)
    return made, (data, kind, picture, changed)


ROTATED = Image.Exif()
ROTATED[0x0112] = 6


@pytest.mark.parametrize("into", ["png", "tiff"])
@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("png", {}),
        ("jpeg", {}),
        ("jpeg", {"exif": ROTATED}),
        ("jpeg", {"icc": rgb_profile(P3, SRGB_CURVE)}),
        ("jpeg", {"mode": "L"}),
        ("png", {"mode": "RGBA"}),
        ("png", {"mode": "LA"}),
        ("png", {"mode": "I;16"}),
        ("png", {"icc": rgb_profile(P3, SRGB_CURVE)}),
        ("tiff", {}),
        ("bmp", {}),
    ],
)
def test_lossless_formats_keep_everything_else(tmp_path, kind, more, into):
    path = photograph(tmp_path / f"in.{kind}", kind, **more)
    made, about = delivered(path, into)
    outside = compare_outside(made.data, into, *about)
    assert outside.identical
    assert (outside.different, outside.largest, outside.mean) == (0, 0, 0.0)
    assert outside.pixels == SIZE[0] * SIZE[1] - 600
    (tmp_path / f"out.{into}").write_bytes(made.data)
    again, changed = read_picture(tmp_path / f"out.{into}"), about[3]
    assert (again.pixels[~changed] == about[2].pixels[~changed]).all()
    assert (again.pixels[changed] != about[2].pixels[changed]).mean() > 0.5
    assert b"compositeWithTrainedAlgorithmicMedia" in made.data


def tampered(data, change):
    """The picture in a PNG with its pixels changed, and everything else as it was."""
    picture = Image.open(io.BytesIO(data))
    pixels = np.asarray(picture).copy()
    change(pixels)
    out = io.BytesIO()
    Image.fromarray(pixels, picture.mode).save(out, "PNG", icc_profile=picture.info.get("icc_profile"))
    return out.getvalue()


def one_value(pixels):
    pixels[0, 0, 0] ^= 1


def inside(pixels):
    pixels[30, 40, 0] ^= 255


def test_one_level_of_one_pixel_is_noticed(tmp_path):
    made, about = delivered(photograph(tmp_path / "in.png"))
    with pytest.raises(BonafaceError, match=r"1 pixels differ by up to 1 levels.*nothing was written"):
        compare_outside(tampered(made.data, one_value), "png", *about)
    assert compare_outside(tampered(made.data, inside), "png", *about).identical


def test_a_lost_profile_is_noticed(tmp_path):
    made, about = delivered(photograph(tmp_path / "in.png", icc=rgb_profile(P3, SRGB_CURVE)))
    bare = io.BytesIO()
    Image.fromarray(np.asarray(Image.open(io.BytesIO(made.data)))).save(bare, "PNG")
    with pytest.raises(BonafaceError, match="its colour profile differs"):
        compare_outside(bare.getvalue(), "png", *about)


def test_lost_transparency_and_another_size_are_noticed(tmp_path):
    made, about = delivered(photograph(tmp_path / "in.png", mode="RGBA"))
    for change, why in ((lambda p: p[..., :3], "transparency differs"), (lambda p: p[1:], "80x63 in 8 bits; expected")):
        bare = io.BytesIO()
        Image.fromarray(np.ascontiguousarray(change(np.asarray(Image.open(io.BytesIO(made.data)))))).save(bare, "PNG")
        with pytest.raises(BonafaceError, match=why):
            compare_outside(bare.getvalue(), "png", *about)


def test_a_jpeg_promises_nothing_and_says_by_how_much(tmp_path):
    made, about = delivered(photograph(tmp_path / "in.png"), "jpeg")
    outside = compare_outside(made.data, "jpeg", *about)
    assert not outside.identical
    assert outside.different > 0.5 * outside.pixels
    assert 1 <= outside.largest < 60
    assert 0 < outside.mean < outside.largest
    assert outside.as_dict()["identical"] is False


@pytest.mark.parametrize(("mode", "why"), [("RGBA", "transparency"), ("I;16", "16 bits a channel")])
def test_what_a_jpeg_does_not_hold(tmp_path, mode, why):
    path = photograph(tmp_path / "in.png", mode=mode)
    with pytest.raises(InputError, match=f"The photograph has {why}"):
        delivered(path, "jpeg")


def test_nothing_changed_is_no_composite(tmp_path):
    path = photograph(tmp_path / "in.png")
    picture, data = read_picture(path), path.read_bytes()
    none = np.zeros(SIZE, bool)
    image = picture.image()
    made = deliver(data, "png", picture, image, image, none.astype(np.float32), "test", {}, changed=none)
    assert b"compositeWithTrainedAlgorithmicMedia" not in made.data
    assert compare_outside(made.data, "png", data, "png", picture, none).identical
