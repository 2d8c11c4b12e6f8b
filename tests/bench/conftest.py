import pytest

from bonaface.bench import subjects


@pytest.fixture(scope="session")
def ffhq_faces(data):
    return subjects.ffhq(data, 6)


@pytest.fixture(scope="session")
def area_faces(data):
    return subjects.facial_area(data, 6)


@pytest.fixture(scope="session")
def judge():
    from bonaface.api import wiring
    from bonaface.bench.numbers import Judge

    return Judge(wiring.locator(), wiring.parser())
