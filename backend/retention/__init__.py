"""Retention: how long originals and renditions are kept, what holds them longer, and how they are deleted."""
