"""Counting statements, as the tests of visits do."""

from tests.visits.conftest import count_queries

__all__ = ["count_queries"]
