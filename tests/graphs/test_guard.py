"""Hostile graphs are refused before an engine opens them, with what was found."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from bonaface.api import wiring
from bonaface.core.errors import GraphMismatch
from bonaface.graphs import guard
from bonaface.graphs.bundled import BUNDLED
from bonaface.graphs.guard import look
from bonaface.io.weights import find_weights
from made_graphs import save, write_graph

node = helper.make_node


def value(name: str, shape=(1, 3, 8, 8), kind: int = TensorProto.FLOAT):
    return helper.make_tensor_value_info(name, kind, shape)


def constant(name: str, numbers, dtype=np.int64):
    return numpy_helper.from_array(np.asarray(numbers, dtype), name)


def graph(nodes, constants=(), inputs=None, outputs=None, name="main"):
    return helper.make_graph(nodes, name, inputs or [value("x")], outputs or [value("y")], list(constants))


def external(location: str, dims=(4,)):
    tensor = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=dims, data_location=TensorProto.EXTERNAL)
    tensor.external_data.add(key="location", value=location)
    return tensor


def refused(path: Path, match: str) -> None:
    with pytest.raises(GraphMismatch, match=match):
        look(path)


@pytest.mark.parametrize("card", BUNDLED, ids=lambda card: card.id)
def test_our_own_graphs_pass(card):
    assert look(find_weights(card)).random == ()


def test_random_operations_are_seen(tmp_path):
    assert look(write_graph(tmp_path, kind="random")).random == ("RandomNormalLike",)
    assert look(write_graph(tmp_path)) == guard.Seen((), 1)


@pytest.mark.parametrize("place", ["../secret", "/etc/passwd", "a/../../b", "C:\\x", "\\\\server\\x", "~/x"])
def test_data_that_leave_the_folder(tmp_path, place):
    path = save(tmp_path / "x.onnx", graph([node("Add", ["x", "w"], ["y"])], [external(place)]))
    refused(path, r"x\.onnx is refused: the data of the tensor 'w' lie in another file, .* which leaves the folder")


def test_data_in_a_file_beside_it(tmp_path):
    path = save(tmp_path / "x.onnx", graph([node("Add", ["x", "w"], ["y"])], [external("x.data")]))
    refused(path, "'x.data'; expected all of it inside")


def test_data_elsewhere_in_a_constant_of_a_branch(tmp_path):
    inner = graph([node("Constant", [], ["z"], value=external("../x"))], inputs=[value("i")], outputs=[value("z")])
    del inner.input[:]
    other = graph([node("Identity", ["x"], ["z"])], outputs=[value("z")])
    del other.input[:]
    flag = constant("flag", True, np.bool_)
    path = save(tmp_path / "x.onnx", graph([node("If", ["flag"], ["y"], then_branch=other, else_branch=inner)], [flag]))
    refused(path, "leaves the folder")


@pytest.mark.parametrize(("domain", "operation"), [("evil.ops", "Run"), ("ai.onnx.training", "Adam")])
def test_operations_of_others(tmp_path, domain, operation):
    path = save(tmp_path / "x.onnx", graph([node(operation, ["x"], ["y"], domain=domain)]))
    refused(path, f"operation {operation} of '{domain}'")


@pytest.mark.parametrize("operation", sorted(guard.FOREIGN))
def test_operations_that_open_other_files(tmp_path, operation):
    refused(save(tmp_path / "x.onnx", graph([node(operation, ["x"], ["y"], domain="com.microsoft")])), operation)


@pytest.mark.parametrize("where", ["Loop", "Scan"])
def test_operations_of_others_in_a_body(tmp_path, where):
    body = helper.make_graph(
        [node("Run", ["a"], ["b"], domain="evil"), node("Identity", ["more"], ["go"])],
        "body",
        [value("i", (), TensorProto.INT64), value("more", (), TensorProto.BOOL), value("a")],
        [value("go", (), TensorProto.BOOL), value("b")],
    )
    extra = {"num_scan_inputs": 1} if where == "Scan" else {}
    path = save(
        tmp_path / "x.onnx", graph([node(where, ["n", "", "x"], ["y"], body=body, **extra)], [constant("n", 3)])
    )
    refused(path, "operation Run of 'evil'")


def function(name: str, nodes):
    imports = [helper.make_opsetid("", 18), helper.make_opsetid("own", 1)]
    return helper.make_function("own", name, ["a"], ["b"], nodes, imports)


def call(name: str, given: str, made: str):
    return node(name, [given], [made], domain="own")


def with_functions(path: Path, first: str, functions) -> Path:
    model = helper.make_model(
        graph([call(first, "x", "y")]),
        functions=functions,
        ir_version=10,
        opset_imports=[helper.make_opsetid("", 18), helper.make_opsetid("own", 1)],
    )
    path.write_bytes(model.SerializeToString())
    return path


def test_functions_of_the_graph_itself(tmp_path):
    twice = function("Twice", [call("Once", "a", "c"), call("Once", "c", "b")])
    once = function("Once", [node("Relu", ["a"], ["b"])])
    assert look(with_functions(tmp_path / "x.onnx", "Twice", [twice, once])).nodes == 4
    evil = function("Once", [node("Run", ["a"], ["b"], domain="evil")])
    refused(with_functions(tmp_path / "x.onnx", "Twice", [twice, evil]), "Run of 'evil'")


def test_functions_that_call_themselves(tmp_path):
    functions = [function("A", [call("B", "a", "b")]), function("B", [call("A", "a", "b")])]
    refused(with_functions(tmp_path / "x.onnx", "A", functions), "calls itself")


def test_functions_that_multiply(tmp_path):
    functions = [function(f"F{i}", [call(f"F{i + 1}", "a", "c"), call(f"F{i + 1}", "c", "b")]) for i in range(40)] + [
        function("F40", [node("Relu", ["a"], ["b"])])
    ]
    refused(with_functions(tmp_path / "x.onnx", "F0", functions), "with its functions written out")


def tensor(dims, raw: bytes | None = b"", **fields) -> TensorProto:
    made = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=dims, **fields)
    if raw is not None:
        made.raw_data = raw
    return made


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (tensor([2, -1]), "negative side"),
        (tensor([2, 2], b"1234"), r"shape \(2, 2\), and holds 4 bytes; expected 16"),
        (tensor([2], bytes(99)), "holds 99 bytes; expected 8"),
        (tensor([2**40]), "expected at most 536,870,912 numbers"),
        (tensor([2**31, 2**31, 4], b""), "expected at most"),
        (tensor([3], None, float_data=[1, 2]), "holds 2 numbers; expected 3"),
        (TensorProto(name="w", data_type=99, dims=[1]), "type 99"),
        (TensorProto(name="w", data_type=TensorProto.STRING, dims=[2]), "holds 0 numbers; expected 2"),
    ],
    ids=["negative", "too little", "too much", "huge", "overflow", "typed", "type", "text"],
)
def test_tensors_that_are_not_what_they_say(tmp_path, made, said):
    refused(save(tmp_path / "x.onnx", graph([node("Add", ["x", "w"], ["y"])], [made])), said)


def test_sparse_tensors(tmp_path):
    small = helper.make_sparse_tensor(constant("w", [1.0], np.float32), constant("i", [0]), [2**20, 2**20])
    held = graph([node("Add", ["x", "w"], ["y"])])
    held.sparse_initializer.append(small)
    refused(save(tmp_path / "x.onnx", held), "sparse tensor")


@pytest.mark.parametrize("shape", [(1, 3, 100_000, 8), (1, 3, -5, 8), (8192, 3, 8192, 8192)])
def test_inputs_and_outputs_beyond_reason(tmp_path, shape):
    refused(save(tmp_path / "x.onnx", graph([node("Relu", ["x"], ["y"])], inputs=[value("x", shape)])), "sides")
    refused(save(tmp_path / "x.onnx", graph([node("Relu", ["x"], ["y"])], outputs=[value("y", shape)])), "sides")


@pytest.mark.parametrize(
    ("made", "constants"),
    [
        (node("ConstantOfShape", ["s"], ["y"]), {"s": [2**20, 2**20]}),
        (node("ConstantOfShape", ["s"], ["y"]), {"s": [-7]}),
        (node("Expand", ["x", "s"], ["y"]), {"s": [2**16, 2**16]}),
        (node("Tile", ["x", "s"], ["y"]), {"s": [1, 1, 2**20, 1]}),
        (node("Tile", ["x", "s"], ["y"]), {"s": [1, 1, 2**15, 2**15]}),
        (node("Reshape", ["x", "s"], ["y"]), {"s": [2**31, 2**31]}),
        (node("Pad", ["x", "s"], ["y"]), {"s": [0, 0, 0, 0, 0, 0, 2**30, 0]}),
        (node("Resize", ["x", "", "", "s"], ["y"]), {"s": [1, 3, 2**16, 2**16]}),
        (node("Resize", ["x", "", "s"], ["y"]), {"s": np.array([1, 1, 1e9, 1], np.float32)}),
        (node("Resize", ["x", "", "s"], ["y"]), {"s": np.array([1, 1, np.nan, 1], np.float32)}),
        (node("Range", ["a", "s", "c"], ["y"]), {"a": 0, "s": 2**40, "c": 1}),
        (node("Range", ["a", "s", "c"], ["y"]), {"a": 0, "s": 2, "c": 0}),
        (node("RandomNormal", [], ["y"], shape=[2**20, 2**20]), {}),
        (node("ConvTranspose", ["x", "k"], ["y"], strides=[2**20, 1]), {"k": np.ones((3, 1, 1, 1), np.float32)}),
        (node("MaxPool", ["x"], ["y"], kernel_shape=[3, 3], pads=[2**40, 0, 0, 0]), {}),
    ],
    ids=lambda case: case.op_type if isinstance(case, onnx.NodeProto) else "",
)
def test_sizes_beyond_reason(tmp_path, made, constants):
    given = [constant(name, v, getattr(v, "dtype", np.int64)) for name, v in constants.items()]
    refused(save(tmp_path / "x.onnx", graph([made], given)), f"an operation {made.op_type}")
    if "s" in constants:  # the same by a constant operation
        rest = [each for each in given if each.name != "s"]
        wanted = next(each for each in given if each.name == "s")
        nodes = [node("Constant", [], ["s"], value=wanted), made]
        refused(save(tmp_path / "x.onnx", graph(nodes, rest)), f"an operation {made.op_type}")


def test_many_small_enlargements_are_one_large_one(tmp_path):
    scales = constant("s", [1, 1, 4, 4], np.float32)
    nodes = [node("Resize", [f"x{i or ''}", "", "s"], [f"x{i + 1}"]) for i in range(12)]
    nodes.append(node("ReduceMean", ["x12"], ["y"], keepdims=1))
    refused(save(tmp_path / "x.onnx", graph(nodes, [scales])), "the value 'x")


def test_a_loop_that_would_not_end(tmp_path):
    body = helper.make_graph(
        [node("Identity", ["more"], ["go"]), node("Relu", ["a"], ["b"])],
        "body",
        [value("i", (), TensorProto.INT64), value("more", (), TensorProto.BOOL), value("a")],
        [value("go", (), TensorProto.BOOL), value("b")],
    )
    path = save(tmp_path / "x.onnx", graph([node("Loop", ["n", "", "x"], ["y"], body=body)], [constant("n", 2**60)]))
    refused(path, "Loop")


@pytest.mark.parametrize("content", [b"", b"no graph" * 99, b"\x08\x07"], ids=["empty", "text", "no graph"])
def test_files_that_are_no_graph(tmp_path, content):
    (tmp_path / "x.onnx").write_bytes(content)
    refused(tmp_path / "x.onnx", r"x\.onnx cannot be opened as an ONNX graph")
    refused(tmp_path / "gone.onnx", "No such file")


def test_files_that_are_too_large(tmp_path):
    with (tmp_path / "x.onnx").open("wb") as file:
        file.truncate(guard.MOST_BYTES + 1)
    refused(tmp_path / "x.onnx", r"2,048 MiB; expected a graph of at most 2,048")


def test_a_graph_of_300_mb_is_looked_at_quickly(tmp_path):
    weights = [numpy_helper.from_array(np.ones((512, 512, 3, 3), np.float32), f"w{i}") for i in range(32)]
    nodes = [node("Conv", [f"x{i or ''}", f"w{i}"], [f"x{i + 1}"], pads=[1, 1, 1, 1]) for i in range(32)]
    given, made = [value("x", ("N", 512, 64, 64))], [value("x32", ("N", 512, 64, 64))]
    path = save(tmp_path / "x.onnx", graph(nodes, weights, given, made))
    assert path.stat().st_size > 300e6
    started = time.process_time()
    assert look(path).nodes == 32
    assert time.process_time() - started < 5  # 0.7 s, of which reading is most


def test_the_bench_looks_at_graphs_that_it_is_given(tmp_path):
    from bonaface.bench.entrants import from_graph

    path = save(tmp_path / "x.onnx", graph([node("Run", ["x"], ["y"], domain="evil")]))
    with pytest.raises(GraphMismatch, match="Run of 'evil'"):
        from_graph("other", path)
    assert wiring.restorer("pro-uigan-compact")
