"""From a Python function to IR: its source is captured, then lowered."""
