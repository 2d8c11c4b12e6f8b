"""Running ONNX graphs.

`onnx` checks what goes in and out, `engines` compute, `guard` looks at graphs of others before they are opened, and
`bundled` lists those that come with Bonaface.
"""

from bonaface.graphs.onnx import Graph
from bonaface.graphs.tensors import Signature, Tensor

__all__ = ["Graph", "Signature", "Tensor"]
