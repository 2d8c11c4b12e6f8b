"""Running ONNX graphs. `onnx` is the one place that does; `bundled` lists those that come with Bonaface."""

from bonaface.graphs.onnx import Graph, Signature, Tensor

__all__ = ["Graph", "Signature", "Tensor"]
