"""Imports every module of the product, so that what they register is there."""

import importlib
import pkgutil

import backend

for found in pkgutil.walk_packages(backend.__path__, "backend."):
    if "migrations" not in found.name and not found.name.endswith("studio"):
        importlib.import_module(found.name)
