"""From IR to Python text: names, comments, and printing through astor."""
