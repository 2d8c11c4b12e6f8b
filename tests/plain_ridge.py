"""Masked regression as one would write it at first: a loop over pixels and channels."""

import numpy as np
from scipy.linalg import cho_factor, cho_solve


def plain_ridge(inputs, targets, field, penalty):
    """(N, H, W, C) twice -> weights (H, W, C, k * k) and bias (H, W, C), by Cholesky, pixel by pixel."""
    r = field // 2
    padded = np.pad(inputs, ((0, 0), (r, r), (r, r), (0, 0)), mode="edge")
    height, width, channels = inputs.shape[1:]
    weights, bias = np.empty((height, width, channels, field**2)), np.empty((height, width, channels))
    for y in range(height):
        for x in range(width):
            for channel in range(channels):
                seen = padded[:, y : y + field, x : x + field, channel].reshape(len(inputs), -1)
                mean, wanted = seen.mean(axis=0), targets[:, y, x, channel]
                centred = seen - mean
                gram = centred.T @ centred + penalty * np.eye(field**2)
                solution = cho_solve(cho_factor(gram), centred.T @ (wanted - wanted.mean()))
                weights[y, x, channel] = solution
                bias[y, x, channel] = wanted.mean() - mean @ solution
    return weights, bias
