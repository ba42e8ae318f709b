"""Clocks, holds and deletion."""
