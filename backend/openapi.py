"""Writes the OpenAPI document of the running code to a file: `python -m backend.openapi FILE`."""

import json
import sys
import tempfile
from pathlib import Path

from backend.app import PREFIX, create_app
from backend.settings import read


def document() -> dict[str, object]:
    """The OpenAPI 3.1 document as served at `/api/v1/openapi.json`."""
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(read({"MINGCHA_DATA_DIR": folder, "MINGCHA_MEDIA_URL": "memory:"}))
        found: dict[str, object] = app.test_client().get(f"{PREFIX}/openapi.json").get_json()
        return found


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(json.dumps(document(), indent=1, ensure_ascii=False), encoding="utf-8")
