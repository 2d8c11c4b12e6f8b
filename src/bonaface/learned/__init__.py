"""Networks of measures, run by the libraries that publish them, under PyTorch: needs an extra.

Nothing here fetches anything or unpickles freely: `offline.served` hands the libraries files that were verified, and
refuses them everything else. The cards are in `measure`, which imports these files only to load a measure.
"""
