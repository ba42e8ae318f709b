"""Visits: assignment, drafts, submissions, answers and their evidence."""
