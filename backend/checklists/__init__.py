"""Checklists: definitions as people write them, immutable published versions, and the pure rules that judge and score."""
