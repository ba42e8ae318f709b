"""The stored table of every endpoint and every role, and that the running product keeps to it.

`permission_table.json` is reviewed like code: a new route or a changed permission shows as a changed line.
Write it anew with `python -m tests.contract.test_permission_table`.
"""

import json
import re
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

from flask import Flask

from backend.core.permissions import ROLE_PERMISSIONS, Open, Role
from tests import world

STORED = Path(__file__).with_name("permission_table.json")
OUTSIDE = {"healthz", "readyz", "metrics", "console", "console_path", "phone", "phone_path", "docs", "authority"}
HOLDER = {
    "alice": {Role.PLANNER, Role.ANALYST},
    "bob": {Role.REVIEWER},
    "chelsea": {Role.SHOPPER},
    "dan": {Role.AUDITOR},
    "erin": {Role.STORE_MANAGER},
    "frank": {Role.REGIONAL_MANAGER},
    "gina": {Role.GROUP_MANAGER},
}


def table(app: Flask) -> dict[str, dict[str, str]]:
    """`METHOD rule` -> permission and, for each role, whether it holds it."""
    rows = {}
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        permission = getattr(view, "permission", None)
        if permission is None:
            continue
        for method in sorted((rule.methods or set()) - ({"HEAD"} if "GET" in (rule.methods or ()) else set())):
            roles = [role.value for role in Role if permission in ROLE_PERMISSIONS[role]]
            open_to = {Open.PUBLIC: "anybody", Open.SIGNED_IN: "anybody signed in"}.get(permission, ", ".join(roles))
            rows[f"{method} {rule.rule}"] = {"permission": str(permission), "open to": open_to}
    return dict(sorted(rows.items()))


def test_every_route_names_a_permission(app: Flask) -> None:
    for rule in app.url_map.iter_rules():
        if rule.endpoint not in OUTSIDE and not rule.endpoint.startswith("api-docs"):
            assert hasattr(app.view_functions[rule.endpoint], "permission"), rule


def test_the_stored_table_is_the_running_one(app: Flask) -> None:
    assert json.loads(STORED.read_text()) == table(app)


def test_each_role_gets_in_where_the_table_says_and_nowhere_else(app: Flask, client_of: Callable) -> None:
    """Asks every endpoint about things that do not exist: without the permission 403 (or 401), with it anything else
    that is the caller's fault, and never a 500."""
    clients = {login: client_of(login) for login in HOLDER} | {None: client_of(None)}
    for line, row in table(app).items():
        method, rule = line.split(" ", 1)
        address = re.sub(r"<uuid:\w+>", lambda _: str(uuid4()), rule)
        address = re.sub(r"<(\w+:)?\w+>", "nothing", address)
        for login, client in clients.items():
            status = client.open(address, method=method, json={} if method in {"PUT", "POST"} else None).status_code
            assert status < 500, (line, login, status)
            if row["permission"] == Open.PUBLIC:
                continue
            if login is None:
                assert status == 401, (line, login, status)
            elif row["permission"] != Open.SIGNED_IN:
                held = any(row["permission"] in ROLE_PERMISSIONS[role] for role in HOLDER[login])
                assert (status == 403) is not held, (line, login, status)


if __name__ == "__main__":
    import os
    import tempfile

    from backend.app import create_app
    from backend.settings import read

    with tempfile.TemporaryDirectory() as folder:
        app = create_app(read({**os.environ, "MINGCHA_DATA_DIR": folder}))
        STORED.write_text(json.dumps(table(app), indent=1, ensure_ascii=False) + "\n")
        print(f"{len(table(app))} lines, world of {len(world.PEOPLE)} people")
