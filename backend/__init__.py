"""Mingcha's server: domains in layers, one direction of imports, assembled by `app`."""
