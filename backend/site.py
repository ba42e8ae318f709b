"""What is served beside the API: the front-end's files, health, metrics and the headers every answer carries."""

from flask import Flask

from backend.settings import Settings


def init_site(app: Flask, settings: Settings) -> None:
    """Adds the routes outside `/api/v1`."""
