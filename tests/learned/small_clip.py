"""CLIP's own class in small, with random weights, in the two forms that its files have."""

import warnings

import torch

from bonaface.learned.clip import package


def network(resnet, seed=0):
    """A ResNet or a vision transformer for 224 px, 64 wide, whose texts are read as OpenAI's are."""
    torch.manual_seed(seed)
    layers, width, patch = ((1, 1, 1, 1), 8, None) if resnet else (2, 64, 32)
    made = package().model.CLIP(32, 224, layers, width, patch, 77, 49408, 64, 1, 2)
    for name, value in made.named_parameters():
        if name.endswith("bn3.weight"):  # zero at first, which would leave every residual block out
            torch.nn.init.uniform_(value, 0.5, 1.5)
    return made.eval()


def checkpoint(path, resnet, seed=0):
    torch.save(network(resnet, seed).state_dict(), path)
    return path


def program(path, resnet, seed=0):
    """As OpenAI publishes them: a traced program whose table also has three numbers."""
    made = network(resnet, seed)
    for name, value in (("input_resolution", 224), ("context_length", 77), ("vocab_size", 49408)):
        if name in made.__dict__:
            delattr(made, name)
        made.register_buffer(name, torch.tensor(value))
    inputs = torch.zeros(1, 3, 224, 224), torch.zeros(1, 77, dtype=torch.int32)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # TorchScript is deprecated, and tracing warns of every check of a shape
        torch.jit.save(torch.jit.trace(made, inputs, check_trace=False), path)
    return path
