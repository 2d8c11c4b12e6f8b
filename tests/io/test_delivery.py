"""Restored photographs in the format of the photographs: pixels, profiles, EXIF, XMP, alpha, as other libraries see."""

from __future__ import annotations

import io
import json
import struct
import xml.etree.ElementTree as ET
import zlib

import numpy as np
import pytest
import tifffile
from PIL import Image, ImageCms

from bonaface.core.errors import InputError
from bonaface.io.delivery import deliver, kind_of, output_name
from bonaface.io.exif import updated_exif
from bonaface.io.pictures import read_picture
from bonaface.io.xmp import COMPOSITE, describe
from made_profiles import ADOBE, P3, SRGB, SRGB_CURVE, gamma, profile, rgb_profile

RECORD = {"restorer": "gfpgan-1.4", "weights": {"gfpgan_1.4.onnx": "a" * 64}, "key": "b" * 64, "words": "<&\"'é>"}


PROFILES = {
    "none": None,
    "srgb": SRGB,
    "p3": rgb_profile(P3, SRGB_CURVE),
    "adobe": rgb_profile(ADOBE, gamma(563 / 256)),
}


def exif(orientation=1) -> bytes:
    """With a camera, a position, maker's notes, and a small preview of another picture."""
    block = Image.Exif()
    block[0x0112] = orientation
    block[0x010F] = "Camera"
    block.get_ifd(0x8769).update({0x9003: "1999:12:31 23:59:59", 0x927C: b"maker's own", 0xA002: 128, 0xA003: 96})
    block.get_ifd(0x8825).update({1: "N", 2: (48.0, 51.0, 29.0)})
    raw = bytearray(block.tobytes())
    preview = io.BytesIO()
    Image.new("RGB", (16, 16), (255, 0, 0)).save(preview, "JPEG")
    small, base = preview.getvalue(), 6
    order = "<" if raw[base : base + 2] == b"II" else ">"
    (start,) = struct.unpack_from(order + "I", raw, base + 4)
    (count,) = struct.unpack_from(order + "H", raw, base + start)
    second = len(raw) - base
    struct.pack_into(order + "I", raw, base + start + 2 + 12 * count, second)
    entries = [(0x0201, 4, second + 2 + 24 + 4), (0x0202, 4, len(small))]
    raw += struct.pack(order + "H", 2)
    raw += b"".join(struct.pack(order + "HHII", tag, kind, 1, value) for tag, kind, value in entries) + bytes(4) + small
    return bytes(raw)


def save(path, pixels, icc=None, block=None, xmp=None):
    """By other libraries than those that deliver."""
    if pixels.dtype == np.uint16 and path.suffix == ".tif":
        more = [(34675, 7, len(icc), icc, True)] if icc else []
        extra = {"extrasamples": ["unassalpha"]} if pixels.shape[2] == 4 else {}
        tifffile.imwrite(path, pixels, photometric="rgb", extratags=more, **extra)
        return
    if pixels.dtype == np.uint16:
        import cv2

        order = [2, 1, 0, 3][: pixels.shape[2]]
        data = cv2.imencode(".png", pixels[..., order])[1].tobytes()
        if icc:
            body = b"iCCPx\0\0" + zlib.compress(icc)
            data = data[:33] + struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body)) + data[33:]
        path.write_bytes(data)
        return
    more = {"quality": 100, "subsampling": 0} if path.suffix == ".jpg" else {}
    more |= {"lossless": True, "exact": True} if path.suffix == ".webp" else {}
    more |= {"icc_profile": icc} if icc else {}
    more |= {"exif": block} if block else {}
    if xmp and path.suffix == ".png":
        from PIL import PngImagePlugin

        more["pnginfo"] = PngImagePlugin.PngInfo()
        more["pnginfo"].add_itxt("XML:com.adobe.xmp", xmp.decode())
    elif xmp:
        more["xmp"] = xmp
    Image.fromarray(pixels).save(path, **more)


EVERYWHERE = np.ones((96, 128), np.float32)


def delivered(path, change=None, where=None, scale=1):
    """What becomes of a file whose pixels are changed by a function where a weight is above 0."""
    picture = read_picture(path)
    before = picture.image()
    if scale != 1:
        before = before.repeat(scale, 0).repeat(scale, 1)
    weight = np.zeros(before.shape[:2], np.float32) if where is None else where
    after = before if change is None else before + weight[..., None] * (change(before) - before)
    return deliver(path.read_bytes(), kind_of(path), picture, before, after, weight, "Bonaface 0.1.0", RECORD)


def values(data: bytes) -> np.ndarray:
    """(H, W, C), by other libraries than those that deliver."""
    if data[:2] in (b"II", b"MM"):
        return np.asarray(tifffile.imread(io.BytesIO(data)))
    if data[:4] == b"\x89PNG" and data[24] == 16:
        import cv2

        read = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
        return read[..., [2, 1, 0, 3][: read.shape[2]]]
    return np.asarray(Image.open(io.BytesIO(data)))


@pytest.fixture
def half() -> np.ndarray:
    """(96, 128): a weight that rises from 0 on the left to 1 on the right."""
    return np.repeat(np.clip(np.linspace(-1, 2, 128), 0, 1)[None], 96, 0).astype(np.float32)


def darker(image):
    return image * np.float32(0.5)


@pytest.mark.parametrize("icc", PROFILES)
@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize("ending", ["png", "tif", "webp", "jpg"])
def test_the_photographs_own_values_and_profile(photo, deep, tmp_path, half, ending, depth, icc):
    if depth == 16 and ending in ("webp", "jpg"):
        pytest.skip("8 bits only")
    path = tmp_path / f"a.{ending}"
    rng = np.random.default_rng(0)
    pixels = photo if depth == 8 else (photo.astype(np.uint16) * 257 + rng.integers(-99, 99, photo.shape)).astype("u2")
    save(path, pixels, PROFILES[icc])
    made = delivered(path, darker, half)
    read = values(made.data)
    assert made.notes == ()
    assert read.dtype == pixels.dtype
    assert Image.open(io.BytesIO(made.data)).info.get("icc_profile") == PROFILES[icc]
    own = half == 0
    if ending == "jpg":
        assert np.abs(read[:, :40].astype(int) - pixels[:, :40]).max() <= 16  # saved twice as a JPEG
        assert np.abs(read[:, :40].astype(int) - pixels[:, :40]).mean() < 2
    else:
        assert np.array_equal(read[own], pixels[own])  # also colours that sRGB does not have
    (tmp_path / f"b.{ending}").write_bytes(made.data)
    again = read_picture(tmp_path / f"b.{ending}").image()
    before = read_picture(path).image()
    expected = before + half[..., None] * (darker(before) - before)
    whole = half == 1
    apart = np.abs(again - expected)[whole] * 255
    if ending == "jpg":
        assert apart.mean() < 2
    else:
        assert apart.max() < (1.5 if depth == 8 else 0.01) + (1 if icc in ("p3", "adobe") else 0)


def test_other_libraries_see_the_restored_colours_too(photo, tmp_path, half):
    save(tmp_path / "a.png", photo, PROFILES["adobe"])
    made = delivered(tmp_path / "a.png", darker, half)
    opened = Image.open(io.BytesIO(made.data))
    icc = ImageCms.ImageCmsProfile(io.BytesIO(opened.info["icc_profile"]))
    seen = np.asarray(ImageCms.profileToProfile(opened, icc, ImageCms.createProfile("sRGB"), 1), int)
    before = read_picture(tmp_path / "a.png").image()
    assert np.abs(seen - darker(before) * 255)[half == 1].max() < 3


def test_colours_beyond_srgb_stay_where_nothing_was_restored(tmp_path, half):
    green = np.zeros((96, 128, 3), np.uint8)
    green[..., 1] = 255  # in Adobe RGB, far outside of sRGB
    save(tmp_path / "a.png", green, PROFILES["adobe"])
    read = values(delivered(tmp_path / "a.png", darker, half).data)
    assert np.array_equal(read[half == 0], green[half == 0])
    steps = np.abs(np.diff(read[50].astype(int), axis=0)).max()
    assert steps < 16  # no edge where the restored part begins


@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize("ending", ["png", "tif", "webp"])
def test_alpha_is_kept(photo, tmp_path, half, ending, depth):
    if depth == 16 and ending == "webp":
        pytest.skip("8 bits only")
    full = 255 if depth == 8 else 65535
    pixels = photo if depth == 8 else photo.astype(np.uint16) * 257
    alpha = np.full(photo.shape[:2], full, pixels.dtype)
    alpha[:40, :40] = full // 3
    alpha[:10, :10] = 0
    path = tmp_path / f"a.{ending}"
    save(path, np.dstack([pixels, alpha]))
    read = values(delivered(path, darker, half).data)
    assert np.array_equal(read[..., 3], alpha)
    assert np.array_equal(read[:, :40, :3], pixels[:, :40])  # not mixed with grey


@pytest.mark.parametrize("orientation", [1, 3, 6])
@pytest.mark.parametrize("ending", ["jpg", "png", "tif", "webp"])
def test_exif_stays_but_for_what_is_not_true_any_more(photo, tmp_path, ending, orientation):
    path = tmp_path / f"a.{ending}"
    save(path, photo, block=exif(orientation))
    made = delivered(path)
    opened = Image.open(io.BytesIO(made.data))
    found = opened.getexif()
    assert found.get(0x0112, 1) == 1
    assert found[0x010F] == "Camera"
    inner = found.get_ifd(0x8769)
    assert inner[0x9003] == "1999:12:31 23:59:59"
    assert inner[0x927C] == b"maker's own"
    assert (inner[0xA002], inner[0xA003]) == opened.size == ((128, 96) if orientation != 6 else (96, 128))
    assert found.get_ifd(0x8825)[2] == (48.0, 51.0, 29.0)
    block = opened.info.get("exif") or b""
    assert b"\xff\xd8\xff" not in block  # the preview
    (tmp_path / f"b.{ending}").write_bytes(made.data)
    before, after = read_picture(path), read_picture(tmp_path / f"b.{ending}")
    assert after.pixels.shape == before.pixels.shape
    assert np.abs(after.image() - before.image()).mean() < 0.01
    assert not any("upright" in note for note in after.notes)


@pytest.mark.parametrize("order", ["<", ">"])
def test_the_block_keeps_its_length_and_its_makers_notes_their_place(order):
    raw = exif(6)[6:]
    made = updated_exif(b"Exif\0\0" + raw, 10, 20)
    assert made is not None
    assert len(made) == len(raw)
    assert made.index(b"maker's own") == raw.index(b"maker's own")


@pytest.mark.parametrize("block", [b"", b"Exif\0\0", b"II*\0", b"II*\0\xff\xff\xff\x7f", b"nonsense" * 9])
def test_a_damaged_block_is_left_out(block):
    assert updated_exif(block, 10, 20) is None


def test_damage_is_said(photo, tmp_path):
    save(tmp_path / "a.webp", photo, block=b"Exif\0\0II*\0\xff\xff\xff\x7f")
    assert "EXIF block is damaged" in " ".join(delivered(tmp_path / "a.webp").notes)


def packet(data: bytes) -> ET.Element:
    start, end = data.index(b"<x:xmpmeta"), data.index(b"</x:xmpmeta>") + 12
    return ET.fromstring(data[start:end].decode())  # noqa: S314 - written here


def about(root: ET.Element, name: str) -> list[str]:
    return [value for each in root.iter() for key, value in each.attrib.items() if key.endswith(name)]


@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize("ending", ["jpg", "png", "tif", "webp"])
def test_it_says_what_made_it(photo, deep, tmp_path, ending, depth):
    if depth == 16 and ending in ("webp", "jpg"):
        pytest.skip("8 bits only")
    path = tmp_path / f"a.{ending}"
    save(path, photo if depth == 8 else np.tile(deep, (2, 2, 1)))
    made = delivered(path, darker, EVERYWHERE)
    root = packet(made.data)
    assert about(root, "DigitalSourceType") == [COMPOSITE]
    assert about(root, "CreatorTool") == ["Bonaface 0.1.0"]
    assert json.loads(about(root, "Record")[0]) == RECORD
    opened = Image.open(io.BytesIO(made.data))
    held = opened.info.get("xmp") or opened.info.get("XML:com.adobe.xmp") or opened.tag_v2[700]
    assert COMPOSITE in (held if isinstance(held, str) else held.decode())


CAPTION = (
    b'<?xpacket begin="" id="x"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
    b'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
    b'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:Iptc4xmpExt='
    b'"http://iptc.org/std/Iptc4xmpExt/2008-02-29/" Iptc4xmpExt:DigitalSourceType="digitalCapture" '
    b'xmp:CreatorTool="Camera"><dc:title>Grandmother</dc:title><xmp:Thumbnails>old</xmp:Thumbnails></rdf:Description>'
    b'</rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
)


@pytest.mark.parametrize("ending", ["jpg", "png", "webp"])
def test_captions_are_passed_on(photo, tmp_path, ending):
    save(tmp_path / f"a.{ending}", photo, xmp=CAPTION)
    root = packet(delivered(tmp_path / f"a.{ending}", darker, EVERYWHERE).data)
    assert [each.text for each in root.iter() if each.tag.endswith("title")] == ["Grandmother"]
    assert about(root, "DigitalSourceType") == [COMPOSITE]
    assert about(root, "CreatorTool") == ["Bonaface 0.1.0"]
    assert not [each for each in root.iter() if each.tag.endswith("Thumbnails")]


def test_where_no_model_made_anything_it_is_no_composite(photo, tmp_path):
    save(tmp_path / "a.png", photo, xmp=CAPTION)
    root = packet(delivered(tmp_path / "a.png").data)
    assert about(root, "DigitalSourceType") == ["digitalCapture"]
    assert about(root, "CreatorTool") == ["Bonaface 0.1.0"]


@pytest.mark.parametrize(
    "before", [b"\xff\xfe", b"nonsense", CAPTION.replace(b"</rdf:RDF>", b""), b"<!DOCTYPE a>" + CAPTION[:-50]]
)
def test_a_packet_that_is_none_is_left_out(before):
    root = packet(describe("Bonaface", RECORD, before))
    assert about(root, "DigitalSourceType") == [COMPOSITE]
    assert b"Grandmother" not in ET.tostring(root)


def test_a_long_packet_is_left_out_and_said(photo, tmp_path):
    long = CAPTION.replace(b"Grandmother", b"g" * 64_000)
    save(tmp_path / "a.png", photo, xmp=long)
    made = delivered(tmp_path / "a.png")
    assert "XMP is too long" in " ".join(made.notes)
    assert b"ggggg" not in made.data


@pytest.mark.parametrize(
    ("name", "mode", "becomes", "said"),
    [
        ("a.jpg", "CMYK", "RGB", "CMYK colours are delivered in sRGB"),
        ("a.bmp", "RGB", "RGB", "delivered as a PNG: Bonaface writes no BMP"),
        ("a.gif", "P", "RGB", "delivered as a PNG: Bonaface writes no GIF"),
        ("a.jpg", "L", "L", ""),
        ("a.bmp", "L", "L", "delivered as a PNG"),
        ("a.png", "P", "RGB", ""),
        ("a.tif", "1", "L", "8 bits of grey, not one"),
    ],
)
def test_what_cannot_be_kept_is_said(photo, tmp_path, name, mode, becomes, said):
    path = tmp_path / name
    Image.fromarray(photo).convert(mode).save(path)
    made = delivered(path)
    assert said in " ".join(made.notes)
    assert bool(made.notes) == bool(said)
    opened = Image.open(io.BytesIO(made.data))
    assert opened.mode == becomes
    before = read_picture(path).image()
    assert np.abs(np.asarray(opened.convert("RGB"), int) - before * 255).mean() < 2


GREYS = {
    "none": None,
    "grey": profile(b"GRAY", {b"kTRC": gamma(1.8)}),
    "grey-srgb": profile(b"GRAY", {b"kTRC": SRGB_CURVE}),
}


@pytest.mark.parametrize("icc", GREYS)
@pytest.mark.parametrize("alpha", [False, True])
@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize("ending", ["png", "tif", "jpg"])
def test_a_grey_photograph_stays_grey(photo, tmp_path, half, ending, depth, alpha, icc):
    """Written and read by other libraries; its own values stay, and colours of restored faces become their luma."""
    if ending == "jpg" and (depth == 16 or alpha):
        pytest.skip("8 bits without alpha only")
    if ending == "tif" and depth == 16 and alpha:
        pytest.skip("cannot be read")
    if ending == "png" and depth == 16 and alpha and GREYS[icc]:
        pytest.skip("no library at hand writes such a one")
    path, own = tmp_path / f"a.{ending}", np.asarray(Image.fromarray(photo).convert("L"))
    own = own.astype(np.uint16) * 257 - 3 if depth == 16 else own
    opacity = np.full_like(own, 60_000 if depth == 16 else 200)
    save_grey(path, np.dstack([own, opacity]) if alpha else own, GREYS[icc])
    made = delivered(path, lambda image: image * np.float32([1, 0.5, 0.2]), half)
    read = grey_values(made.data)
    assert read.dtype == own.dtype
    assert read.shape == (*own.shape, 2) if alpha else own.shape
    pixels = read[..., 0] if alpha else read
    if alpha:
        assert np.array_equal(read[..., 1], opacity)
    slack = 8 if ending == "jpg" else 0
    assert np.abs(pixels[:, :40].astype(int) - own[:, :40]).max() <= slack
    (tmp_path / "made").mkdir()
    (tmp_path / "made" / path.name).write_bytes(made.data)
    picture = read_picture(tmp_path / "made" / path.name)
    if not alpha:  # on mid grey, as it is looked at
        expected = read_picture(path).image()[:, 90:, 0] * (0.299 + 0.587 * 0.5 + 0.114 * 0.2)
        assert np.abs(picture.image()[:, 90:, 0] - expected).max() < (slack + 2.5) / 255
    assert Image.open(io.BytesIO(made.data)).info.get("icc_profile") == GREYS[icc]
    assert "a grey photograph: what a model made in colour is delivered as its luma" in made.notes


def save_grey(path, pixels, icc):
    """(H, W), or (H, W, 2) with alpha, by other libraries than those that deliver."""
    if path.suffix == ".tif":
        more = [(34675, 7, len(icc), icc, True)] if icc else []
        extra = {"extrasamples": ["unassalpha"]} if pixels.ndim == 3 else {}
        tifffile.imwrite(path, pixels, photometric="minisblack", extratags=more, planarconfig="contig", **extra)
    elif pixels.dtype == np.uint16 and pixels.ndim == 3:
        path.write_bytes(png_of_grey_and_alpha(pixels))
    else:
        more = {"icc_profile": icc} if icc else {}
        Image.fromarray(pixels).save(path, **more, **({"quality": 100} if path.suffix == ".jpg" else {}))


def png_of_grey_and_alpha(pixels) -> bytes:
    """16 bits, without filters."""
    height, width, _ = pixels.shape
    raw = b"".join(b"\0" + row.astype(">u2").tobytes() for row in pixels)
    parts = [
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 16, 4, 0, 0, 0)),
        (b"IDAT", zlib.compress(raw)),
        (b"IEND", b""),
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in parts
    )


def grey_values(data: bytes) -> np.ndarray:
    """(H, W), or (H, W, 2), by other libraries than those that deliver."""
    if data[:2] in (b"II", b"MM"):
        return np.asarray(tifffile.imread(io.BytesIO(data)))
    if data[:4] == b"\x89PNG" and data[24] == 16:
        import cv2

        read = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
        return read if read.ndim == 2 else read[..., [0, 3]]
    return np.asarray(Image.open(io.BytesIO(data)))


def test_a_grey_profile_is_not_put_into_a_colour_picture(photo, tmp_path):
    grey = PROFILES["p3"].replace(b"RGB XYZ ", b"GRAYXYZ ")
    Image.fromarray(photo).convert("L").save(tmp_path / "a.tif", icc_profile=grey)
    made = delivered(tmp_path / "a.tif")
    assert "icc_profile" not in Image.open(io.BytesIO(made.data)).info
    assert "grey colours are delivered in sRGB" in " ".join(made.notes)


@pytest.mark.parametrize("ending", ["jpg", "png", "tif", "webp"])
def test_enlarged(photo, tmp_path, ending):
    path = tmp_path / f"a.{ending}"
    save(path, photo, PROFILES["p3"], exif())
    made = delivered(path, scale=2)
    opened = Image.open(io.BytesIO(made.data))
    assert opened.size == (256, 192)
    assert opened.getexif().get_ifd(0x8769)[0xA002] == 256
    assert np.abs(np.asarray(opened.reduce(2), int) - photo).mean() < 3


@pytest.mark.parametrize("ending", ["jpg", "png", "tif"])
def test_resolution_is_kept(photo, tmp_path, ending):
    Image.fromarray(photo).save(tmp_path / f"a.{ending}", dpi=(300, 300))
    opened = Image.open(io.BytesIO(delivered(tmp_path / f"a.{ending}").data))
    assert opened.info["dpi"] == pytest.approx((300, 300), abs=0.1)


def test_a_webp_with_loss_stays_small(photo, tmp_path):
    Image.fromarray(photo).save(tmp_path / "a.webp", quality=80)
    made = delivered(tmp_path / "a.webp")
    assert b"VP8 " in made.data[:64] or b"VP8 " in made.data
    assert b"VP8L" not in made.data


def test_too_large_for_its_format(tmp_path):
    wide = np.zeros((32, 9000, 3), np.uint8)
    save(tmp_path / "a.webp", wide)
    with pytest.raises(InputError, match="holds at most 16383"):
        delivered(tmp_path / "a.webp", scale=2)


@pytest.mark.parametrize(
    ("name", "saved", "expected"),
    [
        ("a.jpg", "JPEG", "a.jpg"),
        ("a.JPEG", "JPEG", "a.JPEG"),
        ("a.jpg", "PNG", "a.png"),
        ("a.bmp", "BMP", "a.png"),
        ("a", "JPEG", "a.jpg"),
        ("a.b.tiff", "TIFF", "a.b.tiff"),
        ("a.webp", "TIFF", "a.tif"),
    ],
)
def test_names(photo, tmp_path, name, saved, expected):
    Image.fromarray(photo).save(tmp_path / name, saved)
    assert output_name(tmp_path / name) == expected


def test_names_of_what_is_no_picture(tmp_path):
    (tmp_path / "a.jpg").write_bytes(b"nonsense")
    assert output_name(tmp_path / "a.jpg") == "a.jpg"
    assert output_name(tmp_path / "nowhere.tif") == "nowhere.tif"
