"""The one place that says which version this is."""

__version__ = "0.1.0"
RELEASE = ".".join(__version__.split(".")[:2])
"""What generated files name: emitted text is the same in all versions that share it."""
