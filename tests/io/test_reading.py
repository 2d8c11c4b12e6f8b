"""Every kind of picture that is read, and what its notes say."""

from __future__ import annotations

import hashlib
import struct
import sys
import zlib

import cv2
import numpy as np
import pytest
import tifffile
from PIL import Image, ImageCms

from bonaface.core.images import check_image
from bonaface.io.pictures import read_picture
from running import printed


def said(picture, text):
    return any(text in note for note in picture.notes)


def with_chunk(png: bytes, kind: bytes, body: bytes) -> bytes:
    """A PNG with one more chunk after its header."""
    chunk = struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    return png[:33] + chunk + png[33:]


@pytest.mark.parametrize("ending", ["png", "tif", "bmp", "ppm", "webp"])
def test_lossless_kinds_come_back_exactly(photo, tmp_path, ending):
    path = tmp_path / f"a.{ending}"
    Image.fromarray(photo).save(path, **({"lossless": True} if ending == "webp" else {}))
    picture = read_picture(path)
    assert np.array_equal(picture.pixels, photo)
    assert picture.pixels.dtype == np.uint8
    assert picture.notes == ()
    assert picture.alpha is None
    assert picture.icc_profile is None
    assert picture.name == path.name
    assert picture.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    check_image(picture.image())


@pytest.mark.parametrize("ending", ["jpg", "avif", "heic", "jp2", "gif"])
def test_lossy_kinds_come_back_nearly(photo, tmp_path, ending):
    path = tmp_path / f"a.{ending}"
    if ending == "heic":
        pillow_heif = pytest.importorskip("pillow_heif")
        pillow_heif.from_pillow(Image.fromarray(photo)).save(path, quality=95)
    else:
        Image.fromarray(photo).save(path)
    picture = read_picture(path)
    assert np.abs(picture.pixels.astype(int) - photo).mean() < 6
    assert picture.details["size"] == "128x96"
    assert picture.details["bit_depth"] == "8"


def test_details_name_what_the_file_is(photo, tmp_path):
    path = tmp_path / "a.jpg"
    exif = Image.Exif()
    exif[0x010F] = "Acme"
    exif[0x8825] = {1: "N", 2: (1.0, 2.0, 3.0)}
    Image.fromarray(photo).save(path, exif=exif)
    details = read_picture(path).details
    assert details == {
        "format": "JPEG",
        "mode": "RGB",
        "size": "128x96",
        "bit_depth": "8",
        "bytes": str(path.stat().st_size),
        "exif": "yes",
        "gps": "yes",
        "xmp": "no",
        "icc": "no",
    }


def test_xmp_is_seen(photo, tmp_path):
    Image.fromarray(photo).save(tmp_path / "a.jpg", xmp=b"<x:xmpmeta/>")
    assert read_picture(tmp_path / "a.jpg").details["xmp"] == "yes"


@pytest.mark.parametrize("ending", ["png", "tif"])
def test_sixteen_bits_stay_sixteen(deep, tmp_path, ending):
    path = tmp_path / f"a.{ending}"
    cv2.imwrite(str(path), deep[..., ::-1])
    picture = read_picture(path)
    assert picture.pixels.dtype == np.uint16
    assert np.array_equal(picture.pixels, deep)
    assert picture.details["bit_depth"] == "16"


@pytest.mark.parametrize("ending", ["png", "tif"])
def test_sixteen_bit_grey(deep, tmp_path, ending):
    path = tmp_path / f"a.{ending}"
    cv2.imwrite(str(path), deep[..., 0])
    picture = read_picture(path)
    assert np.array_equal(picture.pixels, np.repeat(deep[..., :1], 3, axis=2))
    assert said(picture, "grey")


@pytest.mark.parametrize("ending", ["png", "tif"])
def test_sixteen_bit_alpha_is_kept_apart(deep, tmp_path, ending):
    path = tmp_path / f"a.{ending}"
    alpha = np.full(deep.shape[:2], 65535, np.uint16)
    alpha[:10] = 0
    rgba = np.dstack([deep, alpha])
    if ending == "png":
        cv2.imwrite(str(path), rgba[..., [2, 1, 0, 3]])
    else:
        tifffile.imwrite(path, rgba, photometric="rgb", extrasamples=["unassalpha"])
    picture = read_picture(path)
    assert np.array_equal(picture.alpha, alpha)
    assert np.array_equal(picture.pixels[10:], deep[10:])
    assert (picture.pixels[:10] == round(128 / 255 * 65535)).all()


@pytest.mark.parametrize("options", [{"byteorder": ">"}, {"bigtiff": True}])
@pytest.mark.parametrize("channels", [1, 3])
def test_sixteen_bits_of_every_kind_of_tiff(deep, tmp_path, options, channels):
    stored = deep[..., 0] if channels == 1 else deep
    tifffile.imwrite(tmp_path / "a.tif", stored, photometric="rgb" if channels == 3 else "minisblack", **options)
    picture = read_picture(tmp_path / "a.tif")
    assert np.array_equal(picture.pixels, deep if channels == 3 else np.repeat(deep[..., :1], 3, axis=2))


def test_compressed_sixteen_bit_tiff(deep, tmp_path):
    cv2.imwrite(
        str(tmp_path / "a.tif"), deep[..., ::-1], [cv2.IMWRITE_TIFF_COMPRESSION, cv2.IMWRITE_TIFF_COMPRESSION_LZW]
    )
    assert np.array_equal(read_picture(tmp_path / "a.tif").pixels, deep)


def test_sixteen_bit_tiff_with_white_as_zero(deep, tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", deep[..., 0], photometric="miniswhite")
    assert np.array_equal(read_picture(tmp_path / "a.tif").pixels[..., 1], 65535 - deep[..., 0])


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("ending", ["png", "tif"])
def test_sixteen_bits_are_turned_upright(deep, tmp_path, ending, orientation):
    path = tmp_path / f"a.{ending}"
    if ending == "png":
        exif = Image.Exif()
        exif[0x0112] = orientation
        png = cv2.imencode(".png", deep[..., ::-1])[1].tobytes()
        path.write_bytes(with_chunk(png, b"eXIf", exif.tobytes().removeprefix(b"Exif\0\0")))
    else:
        tifffile.imwrite(path, deep, photometric="rgb", extratags=[(274, 3, 1, orientation, True)])
    picture = read_picture(path)
    assert np.array_equal(picture.pixels, upright(deep, orientation))
    assert said(picture, "upright") == (orientation > 1)


def upright(stored, orientation):
    """EXIF 2.3, table 6: where the stored first row and column belong."""
    return {
        1: stored,
        2: stored[:, ::-1],
        3: stored[::-1, ::-1],
        4: stored[::-1],
        5: stored.transpose(1, 0, 2),
        6: np.rot90(stored, -1),
        7: np.rot90(stored, 2).transpose(1, 0, 2),
        8: np.rot90(stored),
    }[orientation]


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("ending", ["png", "webp", "tif", "jpg", "avif", "heic"])
def test_exif_turns_the_picture_upright(photo, tmp_path, ending, orientation):
    path = tmp_path / f"a.{ending}"
    exif = Image.Exif()
    exif[0x0112] = orientation
    if ending == "heic":
        pillow_heif = pytest.importorskip("pillow_heif")
        file = pillow_heif.from_pillow(Image.fromarray(photo))
        file[0].info["exif"] = exif.tobytes()  # turned by a box of the container, as telephones do it
        file.save(path, quality=95)
    else:
        Image.fromarray(photo).save(path, exif=exif, **({"lossless": True} if ending == "webp" else {}))
    picture = read_picture(path)
    expected = upright(photo, orientation)
    assert picture.pixels.shape == expected.shape
    assert np.abs(picture.pixels.astype(int) - expected).mean() < (6 if ending in ("jpg", "avif", "heic") else 1e-9)
    assert said(picture, "upright") == (orientation > 1)


def test_grey_palette_and_bilevel(photo, tmp_path):
    grey = Image.fromarray(photo).convert("L")
    grey.save(tmp_path / "l.png")
    assert np.array_equal(read_picture(tmp_path / "l.png").pixels[..., 2], np.asarray(grey))
    assert said(read_picture(tmp_path / "l.png"), "grey picture")

    palette = Image.fromarray(photo).quantize(64)
    palette.save(tmp_path / "p.png")
    picture = read_picture(tmp_path / "p.png")
    assert np.array_equal(picture.pixels, np.asarray(palette.convert("RGB")))
    assert picture.details["mode"] == "P"
    assert said(picture, "palette")

    bilevel = grey.convert("1")
    bilevel.save(tmp_path / "b.tif")
    picture = read_picture(tmp_path / "b.tif")
    assert set(np.unique(picture.pixels)) == {0, 255}
    assert np.array_equal(picture.pixels[..., 0] > 0, np.asarray(bilevel))
    assert said(picture, "one bit")


def test_transparent_parts_go_on_mid_grey(photo, tmp_path):
    alpha = np.full(photo.shape[:2], 255, np.uint8)
    alpha[:48], alpha[48:60] = 0, 51
    Image.fromarray(np.dstack([photo, alpha])).save(tmp_path / "a.png")
    picture = read_picture(tmp_path / "a.png")
    assert (picture.pixels[:48] == 128).all()
    assert np.array_equal(picture.pixels[60:], photo[60:])
    assert np.abs(picture.pixels[48:60] - (photo[48:60] * 0.2 + 128 * 0.8)).max() <= 0.51
    assert np.array_equal(picture.alpha, alpha)
    assert said(picture, "62.5% of it is transparent")


def test_full_alpha_is_dropped(photo, tmp_path):
    Image.fromarray(np.dstack([photo, np.full(photo.shape[:2], 255, np.uint8)])).save(tmp_path / "a.png")
    picture = read_picture(tmp_path / "a.png")
    assert np.array_equal(picture.pixels, photo)
    assert picture.alpha is None
    assert said(picture, "fully opaque")


def test_one_transparent_colour_of_a_palette(photo, tmp_path):
    palette = Image.fromarray(photo).quantize(16)
    palette.save(tmp_path / "p.png", transparency=3)
    picture = read_picture(tmp_path / "p.png")
    hidden = np.asarray(palette) == 3
    assert hidden.any()
    assert np.array_equal(picture.alpha == 0, hidden)
    assert (picture.pixels[hidden] == 128).all()


def test_premultiplied_tiff(photo, tmp_path):
    alpha = np.full(photo.shape[:2], 128, np.uint8)
    stored = (photo * (128 / 255)).round().astype(np.uint8)
    rgba = np.dstack([stored, alpha])
    tifffile.imwrite(tmp_path / "a.tif", rgba, photometric="rgb", extrasamples=["assocalpha"])
    picture = read_picture(tmp_path / "a.tif")
    expected = photo * (128 / 255) + 128 * (127 / 255)
    assert np.abs(picture.pixels - expected).max() <= 2


def test_cmyk_without_a_profile_says_that_colours_are_approximate(photo, tmp_path):
    Image.fromarray(photo).convert("CMYK").save(tmp_path / "a.jpg", quality=98)
    picture = read_picture(tmp_path / "a.jpg")
    assert said(picture, "approximate")
    assert np.abs(picture.pixels.astype(int) - photo).mean() < 6


def test_lab(photo, tmp_path):
    lab = ImageCms.profileToProfile(
        Image.fromarray(photo), ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), outputMode="LAB"
    )
    lab.save(tmp_path / "a.tif")
    picture = read_picture(tmp_path / "a.tif")
    assert said(picture, "CIELAB")
    assert np.abs(picture.pixels.astype(int) - photo).mean() < 3


def test_the_first_frame_is_used(photo, tmp_path):
    frames = [Image.fromarray(photo), Image.fromarray(255 - photo)]
    for ending in ("gif", "png", "webp", "tif"):
        path = tmp_path / f"a.{ending}"
        frames[0].save(path, save_all=True, append_images=frames[1:])
        picture = read_picture(path)
        assert said(picture, "holds 2 pictures"), ending
        assert np.abs(picture.pixels.astype(int) - photo).mean() < 8, ending


def test_bit_depths_that_the_decoder_reduces_are_noted(deep, tmp_path):
    pillow_heif = pytest.importorskip("pillow_heif")
    pillow_heif.from_bytes("RGB;16", (64, 48), deep.tobytes()).save(tmp_path / "a.heic")
    picture = read_picture(tmp_path / "a.heic")
    assert said(picture, "10 bits were reduced to 8")
    assert picture.details["bit_depth"] == "10"


def test_the_content_decides_not_the_name(photo, tmp_path):
    path = tmp_path / "a.png"
    Image.fromarray(photo).save(path, "JPEG")
    assert said(read_picture(path), "its name ends in '.png', but the file is JPEG")
    bare = tmp_path / "scan"
    Image.fromarray(photo).save(bare, "PNG")
    assert said(read_picture(bare), "no ending")


def test_symbolic_links_are_followed(photo, tmp_path):
    Image.fromarray(photo).save(tmp_path / "a.png")
    (tmp_path / "link.png").symlink_to(tmp_path / "a.png")
    assert np.array_equal(read_picture(tmp_path / "link.png").pixels, photo)


def test_real_outputs_with_full_alpha(data):
    paths = sorted(data.glob("restored/dps_*/output/*.png"))
    assert paths
    for path in paths[::8]:
        picture = read_picture(path)
        assert picture.details["mode"] == "RGBA"
        assert picture.alpha is None
        assert np.array_equal(picture.pixels, np.asarray(Image.open(path))[..., :3])


def test_exif_of_each_container_is_kept_raw(photo, tmp_path):
    exif = Image.Exif()
    exif[0x010F] = "Acme"
    for ending in ("jpg", "png", "webp", "tif", "avif"):
        Image.fromarray(photo).save(tmp_path / f"a.{ending}", exif=exif)
        block = read_picture(tmp_path / f"a.{ending}").exif
        read = Image.Exif()
        read.load(block)
        assert read[0x010F] == "Acme", ending
        Image.fromarray(photo).save(tmp_path / f"b.{ending}")
        assert read_picture(tmp_path / f"b.{ending}").exif is None, ending
        assert read_picture(tmp_path / f"b.{ending}").details["exif"] == "no", ending


def test_importing_is_light():
    code = (
        "import sys, bonaface.io.pictures, bonaface.io.store, bonaface.io.weights, bonaface.io.provenance; "
        "print([m for m in ('PIL', 'cv2', 'duckdb', 'tifffile', 'platformdirs') if m in sys.modules])"
    )
    assert printed(code).strip() == "[]"


def test_a_file_is_opened_once(photo, tmp_path):
    """One that changes while it is read cannot have the hash of one picture and the pixels of another."""
    path = tmp_path / "a.png"
    Image.fromarray(photo).save(path)
    opened = []
    active = True

    def listen(event, details):
        if active and event == "open" and str(details[0]) == str(path):
            opened.append(details)

    sys.addaudithook(listen)
    read_picture(path)
    active = False
    assert len(opened) == 1
