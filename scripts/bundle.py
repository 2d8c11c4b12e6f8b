"""Export trained networks into the package, and write their hashes and sizes into their cards.

    python scripts/bundle.py RUNS            # a folder with runs of the recipes, as `bonaface train` makes them

Every graph is checked against PyTorch before it is written. What has no finished run is left as it is.
"""

from __future__ import annotations

import hashlib
import re
import sys
from collections.abc import Callable
from pathlib import Path

import torch
from torch import nn

from bonaface.io.atomic import write_bytes
from bonaface.train.checkpoints import load_part, read_header
from bonaface.train.deployed import OUTPUTS, DeployedProUIGAN, example_inputs
from bonaface.train.export import export
from bonaface.train.nets.landmarks import ThumbnailLandmarks
from bonaface.train.nets.parser import FaceParser
from bonaface.train.nets.pro_uigan import PLAIN, ProUINet
from bonaface.train.nets.reader import FaceReader
from bonaface.train.nets.reggan import Refiner

ROOT = Path(__file__).parents[1]
WEIGHTS = ROOT / "src/bonaface/weights"
CARDS = ROOT / "src/bonaface/graphs/bundled.py"
NETWORKS: dict[str, tuple[str, Callable[[], nn.Module]]] = {
    "bonaface-landmarks.onnx": (
        "landmarks/estimator.safetensors",
        lambda: ThumbnailLandmarks(torch.zeros(68, 2)),
    ),
    "pro-uigan-compact.onnx": ("pro-uigan/fidelity.safetensors", ProUINet),
    "pro-uigan-compact-full.onnx": ("pro-uigan-full/full.safetensors", ProUINet),
    "pro-uigan-plain.onnx": ("pro-uigan-plain/fidelity.safetensors", lambda: ProUINet(PLAIN, with_prior=False)),
    "bonaface-parser.onnx": ("parser/parser.safetensors", FaceParser),
    "bonaface-attributes.onnx": ("attributes/reader.safetensors", lambda: FaceReader(40)),
    "bonaface-expression.onnx": ("expression/reader.safetensors", lambda: FaceReader(8)),
    "reggan-compact.onnx": ("reggan/expression.safetensors", Refiner),
}
LAYERS = ("ridge-happy.onnx", "ridge-neutral.onnx")
"""Expression layers, which `bonaface train ridge` writes as graphs."""


def export_run(checkpoint: Path, name: str, make: Callable[[], nn.Module], path: Path) -> float:
    """Write one network; the largest difference from PyTorch."""
    network = make()
    load_part(checkpoint, network)
    shipped = DeployedProUIGAN(network) if isinstance(network, ProUINet) else network
    return export(shipped, example_inputs(name), OUTPUTS[name], path, half_weights=True, overwrite=True)


def write_card(name: str, path: Path) -> None:
    """Put the file's hash and size into its card."""
    data = path.read_bytes()
    text = CARDS.read_text("utf-8")
    pattern = rf'(name="{re.escape(name)}",\n    sha256=")[0-9a-f]*(",\n    megabytes=)[0-9.]*'
    new, count = re.subn(pattern, rf"\g<1>{hashlib.sha256(data).hexdigest()}\g<2>{len(data) / 1e6:.2f}", text)
    if count != 1:
        sys.exit(f"{CARDS} has no card for {name} in the form expected")
    CARDS.write_text(new, "utf-8")


def main() -> None:
    """See the module."""
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    runs = Path(sys.argv[1])
    for name, (file, make) in NETWORKS.items():
        if sys.argv[2:] and name not in sys.argv[2:]:
            continue
        checkpoint = runs / file
        if not checkpoint.is_file():
            print(f"{name}: {checkpoint} is not there; left as it is")
            continue
        difference = export_run(checkpoint, name, make, WEIGHTS / name)
        write_card(name, WEIGHTS / name)
        progress = read_header(checkpoint).progress
        size = (WEIGHTS / name).stat().st_size / 1e6
        print(f"{name}: {size:.2f} MB, within {difference:.1e} of PyTorch, {progress.seconds / 60:.1f} minutes")
    for name in LAYERS:
        if sys.argv[2:] and name not in sys.argv[2:]:
            continue
        if not (runs / name).is_file():
            print(f"{name}: {runs / name} is not there; left as it is")
            continue
        write_bytes(WEIGHTS / name, (runs / name).read_bytes(), overwrite=True)
        write_card(name, WEIGHTS / name)
        print(f"{name}: {(WEIGHTS / name).stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
