"""Tests of backend/reviews."""
