import pytest

import bonaface
from running import printed


def test_importing_imports_nothing_heavy():
    script = "import sys, bonaface; print(sorted({name.split('.')[0] for name in sys.modules}))"
    said = printed(script)
    for heavy in ("cv2", "dlib", "numpy", "scipy", "PIL", "skimage", "torch", "onnxruntime", "matplotlib"):
        assert f"'{heavy}'" not in said


def test_an_audit_never_imports_torch_or_pyplot():
    script = (
        "import sys, numpy, skimage.data, bonaface; p = skimage.data.astronaut()[:256, 96:352]; "
        "bonaface.audit(p, p); print(sorted({name.split('.')[0] for name in sys.modules}))"
    )
    said = printed(script)
    for heavy in ("torch", "matplotlib", "duckdb", "typer"):
        assert f"'{heavy}'" not in said


@pytest.mark.parametrize("name", bonaface.__all__)
def test_every_public_name_is_there(name):
    assert getattr(bonaface, name) is not None
    assert name in dir(bonaface)


def test_the_public_names():
    assert bonaface.__all__ == sorted(bonaface.__all__)
    assert {"audit", "degrade", "edit", "restore", "Auditor", "Ledger", "BonafaceError"} <= set(bonaface.__all__)


def test_other_names_are_not():
    with pytest.raises(AttributeError, match="no attribute 'audti'"):
        bonaface.audti  # noqa: B018
