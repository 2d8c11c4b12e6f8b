"""Folders of weights: found, verified, and fetched from a hub on this machine."""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from bonaface.api import models, snapshots
from bonaface.core.catalog import Catalog
from bonaface.core.errors import InputError, WeightsError, WeightsMissing, WeightsTampered
from bonaface.edit import EDITORS
from bonaface.io import snapshots as finding
from bonaface.io.snapshot_fetch import fetch_folder, verify_folder
from bonaface.learned.folders import look
from made_pipelines import hub, tensors, write_pipeline
from running import run

ID = "instruct-pix2pix"
CARD = replace(EDITORS[ID].snapshot, sha256=())
UNET = "unet/diffusion_pytorch_model.fp16.safetensors"


def files(folder: Path) -> tuple[str, ...]:
    return look(folder, CARD.pipelines).files


@pytest.fixture(autouse=True)
def home(own_weights, tmp_path, monkeypatch) -> Path:
    """Folders of the test's own: the user's, and the cache of the hub's library."""
    monkeypatch.setattr(finding, "user_folder", lambda: tmp_path / "user")
    monkeypatch.setattr(finding, "models_folder", lambda: tmp_path / "user")
    monkeypatch.setattr("bonaface.io.snapshot_fetch.models_folder", lambda: tmp_path / "user")
    for name in ("HUGGINGFACE_HUB_CACHE", "HF_HOME", "HF_ENDPOINT", "HF_HUB_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "cache"))
    return tmp_path


@pytest.fixture
def place(home) -> Path:
    return home / "user" / "diffusers" / "timbrooks--instruct-pix2pix"


@pytest.fixture
def served(home, monkeypatch):
    """A hub with a repository in which more lies than is wanted; what was asked for, and what it withholds."""
    pytest.importorskip("huggingface_hub", reason="the hub's library is not installed")
    folder = write_pipeline(home / "served")
    for name in ("unet/diffusion_pytorch_model.safetensors", "whole.safetensors"):
        (folder / name).write_bytes(tensors(b"too large"))
    for name in ("unet/diffusion_pytorch_model.bin", "whole.ckpt", "pipeline.py", "README.md", "unet/code.py"):
        (folder / name).write_bytes(b"not wanted")
    asked: list[str] = []
    withheld: set[str] = set()
    with hub(folder, CARD.repository, CARD.revision, asked, withheld) as address:
        monkeypatch.setenv("HF_ENDPOINT", address)
        yield asked, withheld


def test_missing(home):
    with pytest.raises(WeightsMissing) as raised:
        finding.find_folder(CARD)
    said = str(raised.value)
    for text in (
        f"{home / 'user' / 'diffusers' / 'timbrooks--instruct-pix2pix'} (not there)",
        f"{home / 'cache' / 'models--timbrooks--instruct-pix2pix'}",
        "bonaface models fetch instruct-pix2pix",
        "--knob model=FOLDER",
    ):
        assert text in said
    with pytest.raises(WeightsMissing, match="hf download some/other"):
        finding.find_folder(CARD, "some/other")
    with pytest.raises(InputError, match=r"no folder nothing, and it is no name of a model"):
        finding.find_folder(CARD, "nothing")
    with pytest.raises(WeightsMissing, match=r"holds no model_index\.json"):
        finding.find_folder(CARD, str(home))


def test_what_was_put_there_by_hand_is_used_after_it_was_verified(place):
    write_pipeline(place)
    folder = finding.find_folder(CARD)
    assert folder.path == place
    with pytest.raises(WeightsMissing, match="bonaface models verify instruct-pix2pix"):
        finding.verified(folder, files(place), CARD)
    done = verify_folder(CARD, files)
    assert done.pinned_in == place.parent / "pins.json"
    assert done.files == len(files(place)) == 10
    content = finding.verified(folder, files(place), CARD)
    assert content.sha256 == done.sha256
    assert content.files[UNET] == hashlib.sha256((place / UNET).read_bytes()).hexdigest()
    assert verify_folder(CARD, files).pinned_in is None
    (place / UNET).write_bytes(tensors(b"etinu"))
    with pytest.raises(WeightsTampered, match=r"recorded in .*pins\.json"):
        finding.verified(folder, files(place), CARD)
    with pytest.raises(WeightsTampered):
        verify_folder(CARD, files)


def test_pins_of_the_card_hold_wherever_its_repository_lies(place):
    write_pipeline(place)
    card = replace(CARD, sha256=((UNET, "0" * 64),))
    with pytest.raises(WeightsTampered, match=f"expected {'0' * 64}"):
        verify_folder(card, files)
    assert not (place.parent / "pins.json").exists()


def test_a_folder_of_ones_own_is_what_it_is(home):
    own = write_pipeline(home / "own", variant="")
    folder = finding.find_folder(CARD, str(own))
    assert (folder.kept, folder.repository) == (False, "")
    assert len(finding.verified(folder, files(own), replace(CARD, sha256=((UNET, "0" * 64),))).files) == 10


def test_the_cache_of_the_hubs_library_is_looked_in(home):
    cached = home / "cache" / "models--timbrooks--instruct-pix2pix"
    snapshot = write_pipeline(cached / "snapshots" / CARD.revision)
    blobs = cached / "blobs"
    blobs.mkdir()
    name = hashlib.sha256((snapshot / UNET).read_bytes()).hexdigest()
    (snapshot / UNET).rename(blobs / name)
    (snapshot / UNET).symlink_to(blobs / name)
    folder = finding.find_folder(CARD)
    assert (folder.path, folder.revision) == (snapshot, CARD.revision)
    assert finding.verified(folder, files(snapshot), CARD).files[UNET] == name
    (blobs / name).write_bytes(tensors(b"etinu"))
    with pytest.raises(WeightsTampered, match="expected " + name):
        finding.verified(folder, files(snapshot), CARD)


def test_another_repository_is_found_by_the_commit_that_was_fetched_last(home):
    cached = home / "cache" / "models--some--other"
    write_pipeline(cached / "snapshots" / "abc")
    (cached / "refs").mkdir()
    (cached / "refs" / "main").write_text("abc")
    folder = finding.find_folder(CARD, "some/other")
    assert (folder.path.name, folder.revision, folder.repository) == ("abc", "abc", "some/other")


def test_fetch(served, place):
    asked, _ = served
    done = fetch_folder(CARD, files)
    assert done.path == place
    assert sorted(asked) == sorted(files(place))
    assert sorted(path.relative_to(place).as_posix() for path in place.rglob("*") if path.is_file()) == sorted(asked)
    assert done.revision == CARD.revision
    assert done.pinned_in == place.parent / "pins.json"
    pin = json.loads(done.pinned_in.read_text())[f"{place.name}/{UNET}"]
    assert pin["origin"].endswith(f"/{CARD.repository}/resolve/{CARD.revision}/{UNET}")
    assert sorted(path.name for path in place.parent.iterdir()) == ["pins.json", place.name]
    asked.clear()
    again = fetch_folder(CARD, files)
    assert (again.sha256, again.origin, asked) == (done.sha256, "", [])


def test_a_fetch_that_broke_off_goes_on(served, place):
    asked, withheld = served
    withheld.add(UNET)
    with pytest.raises(WeightsMissing, match="What came so far is kept"):
        fetch_folder(CARD, files)
    assert not place.exists()
    withheld.clear()
    before = set(asked)
    asked.clear()
    assert fetch_folder(CARD, files).path == place
    assert set(asked) == set(files(place)) - before


def test_a_hub_that_sends_another_content(served, place):
    card = replace(CARD, sha256=((UNET, "0" * 64),))
    with pytest.raises(WeightsTampered):
        fetch_folder(card, files)
    assert not place.exists()
    assert list(place.parent.iterdir()) == []


def test_a_hub_that_cannot_be_reached(monkeypatch, place):
    pytest.importorskip("huggingface_hub", reason="the hub's library is not installed")
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setattr("huggingface_hub.utils._http.time.sleep", lambda seconds: None)  # between its tries
    with pytest.raises(WeightsMissing, match=r"could not be fetched from http://127\.0\.0\.1:9: .*HF_ENDPOINT"):
        fetch_folder(CARD, files)
    assert not place.exists()


def test_without_the_hubs_library(monkeypatch):
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(WeightsMissing, match=r"pip install 'bonaface\[diffusion\]'"):
        fetch_folder(CARD, files)


class TestCommands:
    """`bonaface models`, with an editor whose card pins nothing."""

    @pytest.fixture(autouse=True)
    def _catalog(self, monkeypatch):
        card = replace(EDITORS[ID], snapshot=CARD)
        monkeypatch.setattr(models, "EDITORS", Catalog("editor", [card]))
        monkeypatch.setattr(snapshots, "check_installed", lambda name: None)

    def test_the_whole_way(self, served, place, capsys):
        assert run("models", "fetch", ID) == 2
        said = capsys.readouterr().err
        assert "OpenRAIL-M, not for harming or harassing people" in said
        assert "--accept-licence" in said
        assert run("models", "fetch", ID, "--accept-licence") == 0
        out = capsys.readouterr().out
        assert f"{place} is fetched: 10 files" in out
        assert f"commit {CARD.revision}" in out
        assert run("models", "list", "--json") == 0
        listed = {model["id"]: model for model in json.loads(capsys.readouterr().out)}
        assert (listed[ID]["kind"], listed[ID]["state"]) == ("editor", "here")
        assert listed[ID]["folder"]["path"] == str(place)
        assert run("models", "verify") == 0
        assert ID in capsys.readouterr().out
        assert run("models", "where", ID) == 0
        assert capsys.readouterr().out.strip() == str(place)
        assert run("models", "show", ID) == 0
        shown = capsys.readouterr().out
        record = snapshots.snapshot_record(models.EDITORS[ID], {})
        assert f"{record['sha256']} of the list of its files" in shown
        assert record["sha256"] in out
        assert set(record["files"]) == set(files(place))

    def test_a_broken_folder_is_named(self, place, capsys):
        write_pipeline(place)
        (place / UNET).write_bytes(b"version https://git-lfs")
        assert run("models", "list") == 0
        assert "may be a pointer of Git LFS" in " ".join(capsys.readouterr().out.split())
        assert run("models", "verify", ID) == 2

    def test_files_for_an_editor(self, home, place):
        card = models.EDITORS[ID]
        own = write_pipeline(home / "own")
        assert snapshots.snapshot_files(card, {"model": str(own)}) == {CARD.repository: own}
        with pytest.raises(WeightsMissing, match="was not found"):
            snapshots.snapshot_files(card, {})
        (own / "pipeline.py").write_text("")
        with pytest.raises(WeightsError, match="holds code"):
            snapshots.snapshot_files(card, {"model": str(own)})
        shutil.rmtree(own)
