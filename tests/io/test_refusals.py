"""Every kind of file that is refused, and that the text says what was found, what was expected and what to do."""

from __future__ import annotations

import io
import os
import struct
import warnings
import zlib

import cv2
import numpy as np
import pytest
import tifffile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFile

from bonaface.core.errors import PictureError
from bonaface.io import pictures
from bonaface.io.pictures import read_picture


def refused(path, *texts):
    """The message, which names the file, says what was found, and what to do about it."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(PictureError) as caught:
            read_picture(path)
    message = str(caught.value)
    assert str(path) in message
    for text in texts:
        assert text in message
    return message


def written(path, data: bytes):
    path.write_bytes(data)
    return path


def encoded(photo, kind: str, **options) -> bytes:
    file = io.BytesIO()
    Image.fromarray(photo).save(file, kind, **options)
    return file.getvalue()


def test_missing(tmp_path):
    refused(tmp_path / "nothing.png", "does not exist", "Check the path")


def test_link_to_nothing(tmp_path):
    (tmp_path / "a.png").symlink_to(tmp_path / "gone.png")
    refused(tmp_path / "a.png", "link to a file that is not there")


def test_links_in_a_circle(tmp_path):
    (tmp_path / "a.png").symlink_to(tmp_path / "b.png")
    (tmp_path / "b.png").symlink_to(tmp_path / "a.png")
    refused(tmp_path / "a.png", "cannot be read", "Check the path")


def test_impossible_path():
    refused("a\0b.png", "cannot be read")


def test_folder(tmp_path):
    refused(tmp_path, "is a folder", "expected a picture")


def test_empty(tmp_path):
    refused(written(tmp_path / "a.png", b""), "empty (0 bytes)", "again")


def test_pipe_is_refused_without_waiting(tmp_path):
    if not hasattr(os, "mkfifo"):
        pytest.skip("no pipes with names on this system")
    os.mkfifo(tmp_path / "a.png")
    refused(tmp_path / "a.png", "pipe, device or socket")


@pytest.mark.skipif(os.name != "posix", reason="no device files")
def test_device_is_refused():
    refused("/dev/zero", "pipe, device or socket")


def test_unreadable(tmp_path):
    if not hasattr(os, "geteuid") or os.geteuid() == 0:
        pytest.skip("the superuser may read everything")
    path = written(tmp_path / "a.png", b"x")
    path.chmod(0)
    refused(path, "cannot be read", "rights")


def test_huge_file_is_not_read(tmp_path):
    path = tmp_path / "a.png"
    with path.open("wb") as file:
        file.truncate(pictures.MAX_BYTES + 1)  # sparse
    refused(path, "1,073,741,825 bytes", "1 GiB")


@pytest.mark.parametrize("data", [b"hello, world", b"\0" * 4000, b"B", b"P5", b"{}"])
def test_not_a_picture(tmp_path, data):
    refused(written(tmp_path / "a.png", data), "is not a picture", "expected PNG, JPEG", data[:2].hex(" "))


@pytest.mark.parametrize(
    ("name", "data", "what"),
    [
        ("a.svg", b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>', "an SVG drawing"),
        ("a.png", b"\xef\xbb\xbf  <svg></svg>", "an SVG drawing"),
        ("a.pdf", b"%PDF-1.7\n...", "a PDF document"),
        ("a.eps", b"%!PS-Adobe-3.0 EPSF-3.0\n", "a PostScript document"),
        ("a.psd", b"8BPS\0\1", "a Photoshop document"),
        ("a.jxl", b"\xff\x0a\xfa\x1f", "a JPEG XL picture"),
        ("a.jpg", b"<!DOCTYPE html><html>404</html>", "a web page"),
        ("a.png", b"version https://git-lfs.github.com/spec/v1\noid", "a Git LFS pointer"),
        ("a.npy", b"\x93NUMPY\1\0", "a NumPy array"),
        ("a.docx", b"PK\x03\x04\x14\0", "a ZIP archive"),
        ("a.wav", b"RIFF\x24\0\0\0WAVEfmt ", "a RIFF file"),
    ],
)
def test_other_documents_are_named(tmp_path, name, data, what):
    refused(written(tmp_path / name, data), f" is {what}", "; expected")


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.mp4", b"\0\0\0\x20ftypisom\0\0\2\0isomiso2avc1mp41"),
        ("a.png", b"\0\0\0\x14ftypqt  \0\0\0\0qt  "),
        ("a.mov", b"\0\0\0\x08wide\0\0\1\0mdat"),
        ("a.mkv", b"\x1aE\xdf\xa3\x01\0\0\0"),
        ("a.webm", b"\x1aE\xdf\xa3\x9fB\x86"),
        ("a.avi", b"RIFF\x24\0\0\0AVI LIST"),
        ("a.wmv", b"\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9"),
        ("a.mpg", b"\0\0\x01\xba\x44"),
        ("a.mts", b"G@\0\x10\0\0\xb0"),  # no signature: by its name
    ],
)
def test_videos_are_named(tmp_path, name, data):
    refused(written(tmp_path / name, data), "is a video", "Save the frame")


@pytest.mark.parametrize("ending", ["cr2", "nef", "arw", "dng", "orf", "rw2", "raf", "CR3", "pef"])
def test_raw_endings_are_not_read_as_their_preview(photo, tmp_path, ending):
    refused(written(tmp_path / f"a.{ending}", encoded(photo, "TIFF")), "camera raw file", "Develop it")


def raw_tiff(**tags) -> bytes:
    """A readable preview with the tag that gives a raw file away."""
    codes = {"dng": (50706, 1, 4, b"\1\4\0\0"), "preview": (254, 4, 1, 1), "cfa": (262, 3, 1, 32803)}
    preview = np.zeros((64, 64, 3), np.uint8)
    file = io.BytesIO()
    kept = [(*codes[name], True) for name in tags if name == "dng"]
    subs = 1 if "preview" in tags else 0
    with tifffile.TiffWriter(file) as tiff:
        tiff.write(preview, photometric="rgb", extratags=kept, subifds=subs, subfiletype=1 if subs else 0)
        if subs:
            tiff.write(np.zeros((128, 128), np.uint16))
    return file.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        raw_tiff(dng=True),
        raw_tiff(preview=True),
        b"II*\0\x10\0\0\0CR\2\0",
        b"IIRO\x08\0\0\0",
        b"IIU\0\x18\0\0\0",
        b"FUJIFILMCCD-RAW 0201",
        b"\0\0\0\x18ftypcrx \0\0\0\1crx isom",
        b"II\x1a\0\0\0HEAPCCDR",
    ],
    ids=["dng", "nef", "cr2", "orf", "rw2", "raf", "cr3", "crw"],
)
def test_raw_files_under_another_name_are_recognised(tmp_path, data):
    refused(written(tmp_path / "a.tif", data), "camera raw file", "preview")


def test_a_picture_with_a_raw_ending_is_read(photo, tmp_path):
    """Only TIFFs and unknown contents are doubtful."""
    path = written(tmp_path / "a.dng", encoded(photo, "PNG"))
    assert np.array_equal(read_picture(path).pixels, photo)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "BMP", "WEBP", "JPEG2000", "AVIF", "PPM", "GIF"])
@pytest.mark.parametrize("share", [0.3, 0.9])
def test_cut_off(photo, tmp_path, kind, share):
    data = encoded(photo, kind)
    refused(written(tmp_path / "a.png", data[: int(len(data) * share)]), "cut off", "Get another copy")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "BMP", "WEBP"])
def test_a_missing_tail_of_a_few_bytes_is_noticed(photo, tmp_path, kind):
    data = encoded(photo, kind)
    for missing in (1, 2, 12):
        refused(written(tmp_path / "a.png", data[:-missing]), "cut off", "Get another copy")


def test_cut_off_heic(photo, tmp_path):
    pillow_heif = pytest.importorskip("pillow_heif")
    file = io.BytesIO()
    pillow_heif.from_pillow(Image.fromarray(photo)).save(file)
    refused(written(tmp_path / "a.heic", file.getvalue()[:-200]), "HEIC", "Get another copy")


def test_truncation_is_not_tolerated_even_if_another_library_asks_for_it(photo, tmp_path, monkeypatch):
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)
    refused(written(tmp_path / "a.jpg", encoded(photo, "JPEG")[:-300]), "cut off")
    assert ImageFile.LOAD_TRUNCATED_IMAGES is True


def test_heic_without_its_library(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pillow_heif", None)
    data = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"
    refused(written(tmp_path / "a.heic", data), "HEIC", "pip install bonaface[heic]")


def test_every_wrong_checksum_of_a_png(photo, tmp_path):
    data = bytearray(encoded(photo, "PNG"))
    body = data.find(b"IDAT") + 50
    data[body] ^= 1
    refused(written(tmp_path / "a.png", bytes(data)), "checksum", "'IDAT'", "another copy")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.floats(0, 1), bit=st.integers(0, 7))
def test_any_flipped_bit_of_a_png_is_noticed(photo, tmp_path, place, bit):
    data = bytearray(encoded(photo[:40, :40], "PNG"))
    data[min(int(place * len(data)), len(data) - 1)] ^= 1 << bit
    path = written(tmp_path / "a.png", bytes(data))
    with pytest.raises(PictureError):
        read_picture(path)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kind=st.sampled_from(["JPEG", "TIFF", "GIF", "BMP", "WEBP", "PPM"]),
    changes=st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 255)), min_size=1, max_size=6),
)
def test_damage_gives_a_picture_or_a_picture_error(photo, tmp_path, kind, changes):
    data = bytearray(encoded(photo[:40, :40], kind))
    for place, value in changes:
        data[int(place * len(data))] = value
    try:
        picture = read_picture(written(tmp_path / "a.bin", bytes(data)))
    except PictureError as error:
        assert "; expected" in str(error) or "needed" in str(error)  # noqa: PT017
    else:
        assert picture.pixels.ndim == 3


@pytest.mark.parametrize("size", [(31, 200), (200, 31), (1, 1)])
def test_too_small(tmp_path, size):
    Image.new("RGB", size).save(tmp_path / "a.png")
    refused(tmp_path / "a.png", f"{size[0]}x{size[1]} pixels", "at least 32", "original size")


def test_thirty_two_is_enough(tmp_path):
    Image.new("RGB", (32, 32)).save(tmp_path / "a.png")
    assert read_picture(tmp_path / "a.png").pixels.shape == (32, 32, 3)


def png_of(width, height) -> bytes:
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = chunk(b"IDAT", zlib.compress(b"\0" * 100))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + pixels + chunk(b"IEND", b"")


def bmp_of(width, height) -> bytes:
    return b"BM" + struct.pack("<IHHI", 54, 0, 0, 54) + struct.pack("<IiiHHIIiiII", 40, width, height, 1, 24, *[0] * 6)


@pytest.mark.parametrize("make", [png_of, bmp_of])
@pytest.mark.parametrize("size", [(200_000, 200_000), (10_001, 10_000), (13_000, 13_000)])
def test_too_large_is_refused_from_the_header(tmp_path, make, size):
    """Above this limit, and below, between and above both of Pillow's own."""
    message = refused(written(tmp_path / "a.png", make(*size)), "at most 100,000,000", "not decoded", "Cut out")
    assert f"{size[0]}x{size[1]}" in message or f"{size[0] * size[1]:,}" in message


def test_the_largest_allowed_size_reaches_the_decoder(tmp_path):
    """100 million pixels are past Pillow's warning, and are refused here only for the pixels that are missing."""
    message = refused(written(tmp_path / "a.png", png_of(10_000, 10_000)))
    assert "at most" not in message


def test_floating_point_tiff(tmp_path):
    tifffile.imwrite(tmp_path / "grey.tif", np.ones((64, 64), np.float32))
    refused(tmp_path / "grey.tif", "32-bit floating point", "what black and white are", "16-bit TIFF")
    tifffile.imwrite(tmp_path / "rgb.tif", np.ones((64, 64, 3), np.float32), photometric="rgb")
    refused(tmp_path / "rgb.tif", "32-bit floating point")
    tifffile.imwrite(tmp_path / "big.tif", np.ones((64, 64), np.float32), bigtiff=True)
    refused(tmp_path / "big.tif", "32-bit floating point")


@pytest.mark.parametrize(("kind", "found"), [(np.uint32, "32-bit"), (np.int16, "signed 16-bit")])
def test_whole_numbers_without_a_known_range(tmp_path, kind, found):
    tifffile.imwrite(tmp_path / "a.tif", np.ones((64, 64), kind))
    refused(tmp_path / "a.tif", found, "expected 8 or 16 bits")


def test_deep_pnm_and_jpeg_2000(deep, tmp_path):
    cv2.imwrite(str(tmp_path / "a.ppm"), deep)
    refused(tmp_path / "a.ppm", "PNM picture of 16 bits", "expected 8")
    cv2.imwrite(str(tmp_path / "a.jp2"), deep)
    refused(tmp_path / "a.jp2", "JPEG 2000 picture of 16 bits", "16-bit PNG or TIFF")


def test_a_sixteen_bit_layout_that_one_decoder_misreads(deep, tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", np.moveaxis(deep, 2, 0), photometric="rgb", planarconfig="separate")
    refused(tmp_path / "a.tif", "two decoders disagree", "save it as a PNG")


def test_fully_transparent(photo, tmp_path):
    Image.fromarray(np.dstack([photo, np.zeros(photo.shape[:2], np.uint8)])).save(tmp_path / "a.png")
    refused(tmp_path / "a.png", "fully transparent", "without its alpha channel")
