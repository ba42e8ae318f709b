"""From a headline figure to its proof with the mouse alone: overview, checkpoint, wall of fails, the visit at that checkpoint."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from backend.core.db import db, transaction
from tests import world
from tests.live import Deployment
