"""The subcommands of ``adcompiler``: each adds its arguments to a parser, and runs."""
