"""What describers tell of a study's outputs beside what they tell of the truths: S0's table 2, with its floor.

`wanted` says which pictures are to be described, `asking` has a describer do it and keeps its answers in the store,
`compared` and `means` make rows of them, `tables` is the whole of it; `spending` says before what it would take.
"""
