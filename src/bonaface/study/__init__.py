"""Studies: many faces, damages, restorers and measures; resumable, with honest statistics.

`plan` says what is done, on whom, and what a result depends on; `numbers` what numbers are worth: both know no store.
`engine` does what is missing, in processes or on a cluster, and keeps it in a folder. `results` sums up what is there
for a report; `costs` reads it again: what restoration costs recognition, and in which direction it goes. Decision 0014
says why.
"""
