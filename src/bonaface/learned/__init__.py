"""Networks of measures and editors, run by the libraries that publish them, under PyTorch: needs an extra.

Nothing here fetches anything or unpickles freely: `offline.served` hands the libraries of measures files that were
verified, and refuses them everything else; `diffusion` opens folders of pipelines after `folders` looked at them. The
cards are in `measure` and `edit`, which import these files only to load a measure or an editor.
"""
