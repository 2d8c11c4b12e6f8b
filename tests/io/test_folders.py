"""Listing folders, and pairing by name."""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bonaface.core.errors import InputError, PictureError
from bonaface.io.folders import check_there
from bonaface.io.pictures import list_pictures, pair_by_name


def test_what_is_not_there_is_named(tmp_path):
    check_there(tmp_path, None)
    with pytest.raises(InputError, match=r"no file or folder called .*gone\.png.*Check the spelling"):
        check_there(tmp_path, None, tmp_path / "gone.png")


def test_pictures_only_sorted(tmp_path):
    for name in ("b.PNG", "a.jpg", "c.tiff", ".hidden.png", "notes.txt", "d.cr2", "e.mp4", "noending", "A.webp"):
        (tmp_path / name).touch()
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "folder.png" / "inside.png").touch()
    (tmp_path / "link.png").symlink_to(tmp_path / "a.jpg")
    (tmp_path / "broken.png").symlink_to(tmp_path / "gone")
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.png")
    assert [path.name for path in list_pictures(tmp_path)] == ["A.webp", "a.jpg", "b.PNG", "c.tiff", "link.png"]


def test_no_picture_in_it(tmp_path):
    (tmp_path / "notes.txt").touch()
    with pytest.raises(PictureError, match=r"1 files and folders, and no picture.*Subfolders are not searched"):
        list_pictures(tmp_path)


def test_no_such_folder(tmp_path):
    with pytest.raises(PictureError, match="is not there; expected a folder"):
        list_pictures(tmp_path / "gone")
    (tmp_path / "a.png").touch()
    with pytest.raises(PictureError, match="is a file; expected a folder"):
        list_pictures(tmp_path / "a.png")


def paths(folder, *names):
    return [Path(folder) / name for name in names]


def test_a_missing_file_does_not_shift_the_pairs():
    outputs, truths = paths("out", "1.png", "3.png", "4.png"), paths("truth", "1.jpg", "2.jpg", "3.jpg")
    pairs, alone, unused = pair_by_name(outputs, truths)
    assert pairs == [(outputs[0], truths[0]), (outputs[1], truths[2])]
    assert alone == [outputs[2]]
    assert unused == [truths[1]]


def test_case_counts_first_and_is_forgiven_afterwards():
    outputs, truths = paths("out", "a.png", "A.png", "B.png"), paths("truth", "A.png", "a.png", "b.png")
    pairs, alone, unused = pair_by_name(outputs, truths)
    assert [(o.stem, t.stem) for o, t in pairs] == [("a", "a"), ("A", "A"), ("B", "b")]
    assert alone == unused == []


def test_case_is_not_forgiven_where_that_is_ambiguous():
    outputs, truths = paths("out", "ab.png", "Ab.png"), paths("truth", "AB.png")
    assert pair_by_name(outputs, truths) == ([], outputs, truths)


def test_spellings_of_one_letter_are_the_same():
    outputs = paths("out", unicodedata.normalize("NFD", "Zoé.png"))
    truths = paths("truth", unicodedata.normalize("NFC", "Zoé.png"))
    assert pair_by_name(outputs, truths)[0] == [(outputs[0], truths[0])]


@pytest.mark.parametrize("what", ["outputs", "truths"])
def test_two_of_one_name(what):
    two, one = paths("x", "a.png", "a.jpg"), paths("y", "a.png")
    with pytest.raises(InputError, match=f"Two of the {what} are called 'a': a.png and a.jpg.*Move one"):
        pair_by_name(*((two, one) if what == "outputs" else (one, two)))


@given(st.sets(st.sampled_from("abcdABCD")), st.sets(st.sampled_from("abcdABCD")))
def test_every_path_is_paired_once_or_left_over(here, there):
    outputs, truths = paths("o", *(f"{s}.png" for s in here)), paths("t", *(f"{s}.jpg" for s in there))
    pairs, alone, unused = pair_by_name(outputs, truths)
    assert sorted([o for o, _ in pairs] + alone) == sorted(outputs)
    assert sorted([t for _, t in pairs] + unused) == sorted(truths)
    assert all(o.stem.lower() == t.stem.lower() for o, t in pairs)
    assert {o.stem for o, t in pairs if o.stem == t.stem} == here & there
