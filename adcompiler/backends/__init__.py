"""Other forms of a derivative than NumPy text: ``native`` is loops over scalars, compiled."""
