"""Studies: many faces, damages, restorers and measures; resumable, with honest statistics.

`plans` says what is done, `faces` on whom, `cells` what a result depends on; `run` does what is missing in processes
(`pool`, `work`, `feeding`, `scoring`) and keeps it in a folder (`store`, `owner`, `tables`); `statistics` and
`intervals` say what the numbers are worth. Decision 0014 says why.
"""
