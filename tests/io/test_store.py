"""Folders of results: whole or not at all, and never at the cost of anybody's files."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bonaface.core.errors import InputError, OutputExists
from bonaface.io import store
from bonaface.io.store import MARKER, staged_folder


def tree(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
    }


def make(target, text="old", overwrite=False):
    with staged_folder(target, overwrite) as folder:
        (folder / "sub").mkdir()
        (folder / "ledger.json").write_text(text)
        (folder / "sub" / "a.txt").write_text(text)


def test_it_appears_at_the_end(tmp_path):
    target = tmp_path / "new" / "out"
    with staged_folder(target) as folder:
        assert folder.parent == target.parent
        assert folder.name.startswith(".bonaface-part-")
        (folder / "a.txt").write_text("x")
        assert not target.exists()
    assert (target / "a.txt").read_text() == "x"
    assert [path.name for path in target.parent.iterdir()] == ["out"]


def make_half(target, error, overwrite=False):
    with staged_folder(target, overwrite) as folder:
        (folder / "ledger.json").write_text("half")
        raise error


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_after_an_error_nothing_is_left(tmp_path, error):
    with pytest.raises(error):
        make_half(tmp_path / "a" / "b" / "out", error)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_after_an_error_the_old_folder_is_as_it_was(tmp_path, error):
    make(tmp_path / "out")
    before = tree(tmp_path)
    with pytest.raises(error):
        make_half(tmp_path / "out", error, overwrite=True)
    assert tree(tmp_path) == before


def test_existing_is_refused_before_any_work(tmp_path):
    make(tmp_path / "out")
    before = tree(tmp_path)
    with pytest.raises(OutputExists, match=r"is there already.*overwriting"), staged_folder(tmp_path / "out"):
        pytest.fail("the work began")
    assert tree(tmp_path) == before


def test_overwriting_replaces_everything(tmp_path):
    make(tmp_path / "out")
    with staged_folder(tmp_path / "out", overwrite=True) as folder:
        (folder / "b.txt").write_text("new")
        assert (tmp_path / "out" / "ledger.json").read_text() == "old"
    assert sorted(tree(tmp_path / "out")) == [MARKER, "b.txt"]
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_overwriting_an_empty_folder_or_nothing(tmp_path):
    (tmp_path / "out").mkdir()
    make(tmp_path / "out", overwrite=True)
    make(tmp_path / "other", overwrite=True)
    assert tree(tmp_path / "out") == tree(tmp_path / "other")


@pytest.mark.parametrize("own", ["holiday.jpg", "sub/mine.txt", "sub/deeper/x", "emptied/"])
def test_files_of_others_are_never_deleted(tmp_path, own):
    make(tmp_path / "out")
    if own.endswith("/"):
        (tmp_path / "out" / own).mkdir()
    else:
        (tmp_path / "out" / own).parent.mkdir(exist_ok=True)
        (tmp_path / "out" / own).write_text("mine")
    before = tree(tmp_path)
    with pytest.raises(OutputExists, match="did not write there"), staged_folder(tmp_path / "out", overwrite=True):
        pytest.fail("the work began")
    assert tree(tmp_path) == before


@pytest.mark.parametrize("marker", [None, "", "{}", "[]", '{"files": 3}', "\xff"])
def test_a_folder_without_a_good_marker_is_not_ours(tmp_path, marker):
    photos = tmp_path / "Photos"
    photos.mkdir()
    (photos / "a.jpg").write_text("x")
    if marker is not None:
        (photos / MARKER).write_text(marker, "latin-1")
    with pytest.raises(OutputExists, match=r"a\.jpg"), staged_folder(photos, overwrite=True):
        pytest.fail("the work began")
    assert (photos / "a.jpg").exists()


def test_files_of_others_that_come_during_the_work_are_kept(tmp_path):
    make(tmp_path / "out")
    with pytest.raises(OutputExists, match=r"late\.txt"), staged_folder(tmp_path / "out", overwrite=True):
        (tmp_path / "out" / "late.txt").write_text("mine")
    assert (tmp_path / "out" / "late.txt").read_text() == "mine"
    assert (tmp_path / "out" / "ledger.json").read_text() == "old"


def test_a_target_that_comes_during_the_work_is_kept(tmp_path):
    with pytest.raises(OutputExists), staged_folder(tmp_path / "out"):
        make(tmp_path / "out", "first")
    assert (tmp_path / "out" / "ledger.json").read_text() == "first"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_litter_of_file_managers_does_not_count(tmp_path):
    make(tmp_path / "out")
    (tmp_path / "out" / ".DS_Store").touch()
    (tmp_path / "out" / "sub" / "Thumbs.db").touch()
    make(tmp_path / "out", "new", overwrite=True)
    assert (tmp_path / "out" / "ledger.json").read_text() == "new"


def test_a_link_inside_is_not_followed(tmp_path):
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "a.txt").touch()
    with staged_folder(tmp_path / "out") as folder:
        (folder / "link").symlink_to(tmp_path / "precious")
    make(tmp_path / "out", overwrite=True)
    assert (tmp_path / "precious" / "a.txt").exists()


def test_a_link_to_the_target_stays_a_link(tmp_path):
    (tmp_path / "real").mkdir()
    make(tmp_path / "real" / "out")
    (tmp_path / "out").symlink_to(tmp_path / "real" / "out")
    make(tmp_path / "out", "new", overwrite=True)
    assert (tmp_path / "out").is_symlink()
    assert (tmp_path / "real" / "out" / "ledger.json").read_text() == "new"


def test_a_failed_exchange_puts_the_old_folder_back(tmp_path, monkeypatch):
    make(tmp_path / "out")
    before = tree(tmp_path)
    rename = Path.rename

    def fail_into_place(self, target):
        if self.name.startswith(".bonaface-part-") and (self / "new.txt").exists():
            raise PermissionError(13, "Permission denied")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fail_into_place)
    with (
        pytest.raises(InputError, match=r"cannot be put in place.*Close the programs"),
        staged_folder(tmp_path / "out", overwrite=True) as folder,
    ):
        (folder / "new.txt").touch()
    assert tree(tmp_path) == before


def test_old_results_that_cannot_be_deleted_are_reported(tmp_path, monkeypatch):
    make(tmp_path / "out")

    def refuse(folder):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(store.shutil, "rmtree", refuse)
    with pytest.warns(UserWarning, match="older results could not be deleted"):
        make(tmp_path / "out", "new", overwrite=True)
    assert (tmp_path / "out" / "ledger.json").read_text() == "new"


def test_bad_places(tmp_path):
    (tmp_path / "file").touch()
    for overwrite in (False, True):
        with pytest.raises(InputError, match="is a file"), staged_folder(tmp_path / "file", overwrite):
            pytest.fail("the work began")
    with pytest.raises(InputError, match="cannot be made"), staged_folder(tmp_path / "file" / "out"):
        pytest.fail("the work began")
    with pytest.raises(InputError, match="cannot be made"), staged_folder(tmp_path / ("x" * 300) / "out"):
        pytest.fail("the work began")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_folder_without_rights(tmp_path):
    if not hasattr(os, "geteuid") or os.geteuid() == 0:
        pytest.skip("the superuser may write everywhere")
    tmp_path.chmod(0o500)
    with pytest.raises(InputError, match="Permission denied"), staged_folder(tmp_path / "out"):
        pytest.fail("the work began")
    tmp_path.chmod(0o700)


@pytest.mark.skipif(os.name != "posix", reason="no such signal")
def test_a_killed_process_leaves_the_old_folder(tmp_path):
    make(tmp_path / "out")
    before = tree(tmp_path / "out")
    code = (
        "import os, signal, sys\n"
        "from bonaface.io.store import staged_folder\n"
        "with staged_folder(sys.argv[1], overwrite=True) as folder:\n"
        "    (folder / 'half.txt').write_text('x')\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path / "out")], check=False)
    assert done.returncode == -signal.SIGKILL
    assert tree(tmp_path / "out") == before
    make(tmp_path / "out", "new", overwrite=True)  # and the left-over beside it is no hindrance


def test_same_content_gives_the_same_marker(tmp_path):
    make(tmp_path / "a")
    make(tmp_path / "b")
    assert tree(tmp_path / "a") == tree(tmp_path / "b")
