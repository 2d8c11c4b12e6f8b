"""Networks, in PyTorch. Each file reads alone; `blocks` holds what several share."""
