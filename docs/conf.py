"""How Sphinx makes the pages: ``sphinx-build -W docs build/html``."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from adcompiler.version import __version__

project = "adcompiler"
author = copyright = "The adcompiler developers"
version = release = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "numpydoc"]
root_doc = "index"
html_theme = "alabaster"
html_theme_options = {"description": "Derivatives of Python and NumPy functions, as source"}
html_sidebars = {"**": ["about.html", "searchfield.html", "navigation.html"]}
html_show_sourcelink = False

myst_enable_extensions = ["deflist"]
myst_heading_anchors = 3
numpydoc_show_class_members = False
autodoc_typehints = "none"
autodoc_member_order = "bysource"
