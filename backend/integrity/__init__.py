"""Integrity signals: what does not fit together in a visit, with reasons and a score, never an accusation."""
