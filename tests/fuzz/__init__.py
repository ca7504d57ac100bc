"""Random programs, differentiated by every mode and compared with independent oracles.

`generate` writes a program from a seed, `check` says whether the compiler gets it right, `shrink`
makes a failing one small, and ``python -m tests.fuzz.run`` does all three. `regressions` keeps what
was found.
"""
