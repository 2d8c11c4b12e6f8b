"""How a study is done and kept: a `store` with its `owner` and `tables`; cells by `work` in processes or on a cluster.

`feeding` says what restorers read and on which grid outputs are compared, `scoring` measures them; `run` finds what is
missing and hands it to `pool` (`processes`) or `cluster` (`joining`, `serving`); `estimate` says beforehand what it
takes.
"""
