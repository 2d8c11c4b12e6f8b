"""Every protocol names measures that there are, and its rows are those that its paper printed."""

import pytest

from bonaface.measure import MEASURES
from bonaface.measure.protocols import PROTOCOLS

EACH = pytest.mark.parametrize("protocol", PROTOCOLS, ids=lambda protocol: protocol.id)


def value(protocol, who, measure):
    (row,) = [row for row in PROTOCOLS[protocol].rows if row.who == who]
    return row.values[measure]


@EACH
def test_it_is_complete(protocol):
    assert all(measure in MEASURES for measure in protocol.measures)
    assert len(protocol.traps) >= 3
    assert protocol.rows
    assert protocol.source.text
    assert all(set(row.values) <= set(protocol.measures) for row in protocol.rows)
    assert len({row.who for row in protocol.rows}) == len(protocol.rows)
    for row in protocol.rows:
        for measure, number in row.values.items():
            low, high = MEASURES[measure].bounds
            assert low <= number <= high, (row.who, measure)


def test_there_is_one_for_each_source():
    assert PROTOCOLS.ids == (
        *("celeba-test", "hallucination-study", "gfpgan-reproduction", "pro-uigan", "authface", "reggan"),
    )


@pytest.mark.parametrize(("protocol", "who", "measure", "printed"), [
    ("celeba-test", "GFP-GAN", "lpips-vgg", 0.3646),
    ("celeba-test", "PMRF", "psnr", 26.37),
    ("celeba-test", "Truth", "niqe", 4.292),
    ("hallucination-study", "GPEN, 256 px", "lpips-alex", 0.0489),
    ("gfpgan-reproduction", "Output, CelebA", "psnr", 13.727466),
    ("gfpgan-reproduction", "Input, UTKFace", "fid", 159.464849),
    ("pro-uigan", "Pro-UIGAN, joint, irregular masks", "psnr", 24.534),
    ("pro-uigan", "Ground-truth HR (table V)", "parsing-iou", 0.6501),
    ("authface", "AuthFace, CelebA-Test", "lpips-alex", 0.2143),
    ("authface", "SUPIR, WIDER-Test", "fid", 42.61),
    ("reggan", "RegGAN", "openface-similarity", 0.69),
    ("reggan", "MR", "qualiclip", 0.19),
    ("reggan", "RegGAN without AUs (table II)", "fid", 89.9),
])  # fmt: skip
def test_rows_are_as_printed(protocol, who, measure, printed):
    assert value(protocol, who, measure) == printed


def test_of_three_faces_it_is_said_that_nothing_can_be_told():
    assert PROTOCOLS["hallucination-study"].faces == 3
    assert any("chance" in trap for trap in PROTOCOLS["hallucination-study"].traps)
