"""Tests of backend/scores."""
