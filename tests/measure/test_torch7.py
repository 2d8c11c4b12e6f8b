import struct

import pytest

from bonaface.core.errors import WeightsError
from bonaface.measure.openface import OPENFACE
from bonaface.measure.torch7 import DEEPEST, check_torch7


def whole(*values):
    return struct.pack(f"<{len(values)}i", *values)


def text(value):
    return whole(len(value)) + value


def layer(number, content, name=b"nn.Identity"):
    return whole(4, number) + text(b"V 1") + text(name) + content


def table(number, *pairs):
    return whole(3, number, len(pairs)) + b"".join(key + value for key, value in pairs)


def key(name):
    return whole(2) + text(name)


def tensor(number, sizes, steps, count, first=1, kind=b"Float", storage=b"Float"):
    values = layer(number + 1, struct.pack("<q", count) + bytes(4 * count), b"torch." + storage + b"Storage")
    shape = whole(len(sizes)) + struct.pack(f"<{2 * len(sizes) + 1}q", *sizes, *steps, first)
    return layer(number, shape + values, b"torch." + kind + b"Tensor")


def network(value):
    return layer(1, table(2, (key(b"field"), value)))


EVERYTHING = table(
    10,
    (key(b"nothing"), whole(0)),
    (key(b"train"), whole(5, 1)),
    (whole(1) + struct.pack("<d", 1), layer(11, table(12))),
    (key(b"same layer"), whole(4, 11)),
    (key(b"same table"), whole(3, 12)),
    (key(b"size"), layer(13, struct.pack("<qqq", 2, -1, 736), b"torch.LongStorage")),
    (key(b"weight"), tensor(14, (2, 3), (3, 1), 6)),
    (key(b"spread out"), tensor(16, (2, 3), (0, 1), 3)),
    (key(b"a part"), tensor(18, (2,), (2,), 6, first=3)),
    (key(b"empty"), layer(20, whole(0) + struct.pack("<q", 1) + whole(0), b"torch.DoubleTensor")),
    (key(b"function"), whole(6) + text(b"\x1bLJ\xff") + table(21)),
    (key(b"named function"), whole(8, 22) + text(b"\x1bLJ\xff") + whole(0)),
)


def deep(levels):
    found = whole(0)
    for number in range(levels, 2, -1):
        found = table(number, (whole(1) + bytes(8), found))
    return found


def test_the_made_network_passes(made_weights):
    check_torch7(made_weights[OPENFACE.name])


@pytest.mark.parametrize("value", [EVERYTHING, deep(100)])
def test_all_that_torch_7_writes_passes(tmp_path, value):
    path = tmp_path / "net.t7"
    path.write_bytes(network(value))
    check_torch7(path)


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (whole(9), "the unknown kind 9"),
        (layer(3, table(4), b"os.Execute"), "unknown class 'os.Execute'"),
        (layer(3, table(4), b"nn.\xffIdentity"), "not ASCII"),
        (whole(2, -1), "-1 things"),
        (whole(2, 1000), "1000 things of 1 bytes or more, and 0 bytes follow"),
        (whole(3, 3, 10**6), "1000000 things"),
        (layer(3, struct.pack("<q", 2**60), b"torch.FloatStorage"), "1152921504606846976 things of 4 bytes"),
        (tensor(3, (2, 3), (3, 1), 5), "reaches beyond its 5 values"),
        (tensor(3, (2, 2**62), (2**62, 1), 4), "reaches beyond its 4 values"),
        (tensor(3, (2, 3), (3, 1), 6, first=2), "reaches beyond its 6 values"),
        (tensor(3, (2, 3), (3, 1), 6, first=0), "shape (2, 3), steps (3, 1)"),
        (tensor(3, (2, -3), (3, 1), 6), "shape (2, -3)"),
        (tensor(3, (2, 3), (-3, 1), 6), "steps (-3, 1)"),
        (tensor(3, (2, 3), (3, 1), 6, kind=b"Double"), "a DoubleTensor of shape (2, 3), steps (3, 1), in FloatStorage"),
        (layer(3, whole(-1), b"torch.FloatTensor"), "a tensor of -1 axes"),
        (layer(3, whole(1) + struct.pack("<qqq", 2, 1, 1) + whole(0), b"torch.FloatTensor"), "without values"),
        (deep(2 * DEEPEST), f"more than {DEEPEST} deep"),
        (whole(4), "unpack_from requires"),
    ],
)
def test_what_opencv_would_trust_is_refused(tmp_path, value, why):
    path = tmp_path / "net.t7"
    path.write_bytes(network(value))
    with pytest.raises(WeightsError, match=r"net\.t7 cannot be used") as caught:
        check_torch7(path)
    assert why in str(caught.value)
