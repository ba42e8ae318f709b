"""Programmes and their waves: which checklist version, when, on which quota."""
