import numpy as np

from bonaface.core.cases import Case, Face


def test_width_and_inter_ocular_distance():
    points = np.zeros((68, 2))
    points[36], points[45] = (10, 20), (40, 60)
    face = Face((5.0, 0.0, 65.0, 80.0), points)
    assert face.width == 60
    assert face.inter_ocular == 50


def test_what_is_not_known_is_none_or_empty():
    case = Case(np.zeros((32, 32, 3), np.float32))
    assert case.truth is case.observed is case.neutral is case.occlusion is case.target is None
    assert not case.stages
    assert not case.descriptions
    assert not case.faces
