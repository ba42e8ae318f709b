"""Scorecards, immutable and replayable, and tallies summed from them. Takes plain values; knows no visits."""
