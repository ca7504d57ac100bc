"""Derivatives written to files: what `adcompiler codegen` is made of."""
