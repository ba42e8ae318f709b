"""Tests of backend/reports."""
