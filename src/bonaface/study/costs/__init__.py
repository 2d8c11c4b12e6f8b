"""What restoration costs whoever reads its faces: recognition and expressions (`downstream`), attributes (`direction`).

`readings` has networks look at truths and outputs (`looking`, `reading_hands`), kept beside the study; `seen` is what
they saw; `tables` is the whole of it.
"""
