"""Rates, trends, comparisons and rankings: reads scores, writes nothing."""
