"""The subcommands of ``adcompiler``: each module has ``add``, which registers one."""
