"""What a result says of where it came from, and what it does not say."""

from __future__ import annotations

import getpass
import hashlib
import platform
import shlex

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from bonaface.core.images import Picture
from bonaface.io.pictures import read_picture
from bonaface.io.provenance import (
    describe_machine_free_versions,
    private_metadata,
    redacted_metadata,
    repeat_command,
    sha256_array,
    sha256_bytes,
)
from running import printed


def test_versions():
    versions = describe_machine_free_versions()
    assert versions["numpy"] == np.__version__
    assert versions["python"] == platform.python_version()
    assert set(versions) == {
        "python", "bonaface", "numpy", "scipy", "opencv", "dlib", "onnxruntime", "pillow", "platform",
    }  # fmt: skip
    assert "not installed" not in versions.values()
    text = " ".join(versions.values())
    assert platform.node() not in text
    assert "/" not in text
    assert getpass.getuser() not in text.split()


def test_versions_import_nothing_heavy():
    code = (
        "import sys; from bonaface.io.provenance import describe_machine_free_versions as d; d(); "
        "print([m for m in ('cv2', 'dlib', 'onnxruntime', 'scipy', 'PIL') if m in sys.modules])"
    )
    assert printed(code).strip() == "[]"


def test_hash_of_bytes():
    assert sha256_bytes(b"") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_hash_of_arrays_knows_type_shape_and_values():
    array = np.arange(12, dtype=np.float32).reshape(3, 4)
    expected = hashlib.sha256(b"<f4 (3, 4) " + array.tobytes()).hexdigest()
    assert sha256_array(array) == expected
    for other in (array.reshape(4, 3), array.astype(np.float64), array + 1, array.view(np.int32)):
        assert sha256_array(other) != expected
    for same in (np.asfortranarray(array), array.astype(">f4"), array[::-1][::-1]):
        assert sha256_array(same) == expected
    with pytest.raises(ValueError, match="Python objects"):
        sha256_array(np.array([None]))


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]))))
def test_a_command_comes_back_word_for_word(words):
    assert shlex.split(repeat_command(["bonaface", *words])) == ["bonaface", *words]


def test_redaction_leaves_no_folder():
    argv = [
        "/home/anna/.venv/bin/bonaface", "audit", "/home/anna/my photos/a b.png", "--truth=/home/anna/t.png",
        "--out", "../anna/out/", r"C:\Users\anna\c.png", "--seed", "3", "-v", "plain.png", "~/anna/d.png",
    ]  # fmt: skip
    text = repeat_command(argv, redact=True)
    assert "anna" not in text
    assert shlex.split(text) == [
        "bonaface", "audit", "a b.png", "--truth=t.png", "--out", "out", "c.png", "--seed", "3", "-v", "plain.png",
        "d.png",
    ]  # fmt: skip
    assert "/home/anna/my photos/a b.png" in repeat_command(argv)


def test_the_program_is_called_by_its_name():
    assert repeat_command(["/usr/lib/python3/bonaface/cli/__main__.py", "x"]) == "bonaface x"
    assert repeat_command([r"C:\Scripts\bonaface.exe"]) == "bonaface"


@pytest.fixture
def telling(photo, tmp_path):
    """A photograph that says a lot about its owner."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0110] = "Acme", "Model 7"
    exif[0x013B], exif[0x8298] = "Anna Example", "(c) Anna"
    exif[0x010E] = "at home"
    inner = exif.get_ifd(0x8769)
    inner[0x9003], inner[0x829A] = "2024:05:06 07:08:09", 0.01
    inner[0xA430], inner[0xA431], inner[0xA435] = "Anna Example", "SN-12345", "LENS-999"
    inner[0x927C], inner[0x9286] = b"\x01\x02secret maker note\xff", b"ASCII\0\0\0a comment"
    inner[0xFDE9] = "unknown and private"
    exif[0x8825] = {1: "S", 2: (33.0, 51.0, 30.0), 3: "E", 4: (151.0, 12.0, 36.0), 29: "2024:05:06"}
    Image.fromarray(photo).save(tmp_path / "a.jpg", exif=exif)
    return read_picture(tmp_path / "a.jpg")


def test_everything_is_listed_in_words(telling):
    found = private_metadata(telling)
    assert found["Make"] == "Acme"
    assert found["Artist"] == "Anna Example"
    assert found["BodySerialNumber"] == "SN-12345"
    assert found["UserComment"] == "a comment"
    assert found["DateTimeOriginal"] == "2024:05:06 07:08:09"
    assert found["GPS position"] == "-33.858333, 151.210000"
    assert found["MakerNote"].endswith("bytes)")
    assert all(isinstance(value, str) for value in found.values())


def test_the_redacted_list_gives_nobody_away(telling):
    found = redacted_metadata(telling)
    assert found == {
        "Make": "Acme",
        "Model": "Model 7",
        "DateTimeOriginal": "2024:05:06 07:08:09",
        "ExposureTime": found["ExposureTime"],
    }
    assert float(found["ExposureTime"]) == pytest.approx(0.01)


def test_tiff_tags_are_read_too(photo, tmp_path):
    exif = Image.Exif()
    exif[0x010F] = "Acme"
    Image.fromarray(photo).save(tmp_path / "a.tif", exif=exif)
    assert private_metadata(read_picture(tmp_path / "a.tif")) == {"Make": "Acme"}


def test_no_metadata(photo, tmp_path):
    Image.fromarray(photo).save(tmp_path / "a.png")
    picture = read_picture(tmp_path / "a.png")
    assert private_metadata(picture) == redacted_metadata(picture) == {}


@given(st.binary(min_size=1, max_size=200))
def test_any_block_of_bytes_gives_words(block):
    picture = Picture(np.zeros((32, 32, 3), np.uint8), "0" * 64, "a.jpg", exif=b"Exif\0\0II*\0\x08\0\0\0" + block)
    assert all(isinstance(value, str) and value.isprintable() for value in private_metadata(picture).values())
    assert "EXIF" not in redacted_metadata(picture)
