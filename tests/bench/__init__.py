"""Measures a real deployment: every figure beside a baseline of the same run. `python -m tests.bench [--quick]`."""
