"""Speed and memory, measured side by side with hand-written adjoints; never part of the tests."""
