"""Training the networks that come with Bonaface. To add a recipe, write its file and list it in `recipes`.

This package imports PyTorch only when a recipe is run: `pip install 'bonaface[train]'`.
"""
