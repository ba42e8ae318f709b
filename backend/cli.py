"""The command `mingcha`: what a deployment's owner does from a shell."""

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import segno

from backend import certificates, verifying
from backend import demo as demo_data
from backend import settings as deployment
from backend.accounts import queries as accounts
from backend.accounts import service as accounts_service
from backend.accounts.models import Person
from backend.app import create_app
from backend.checklists import service as checklists_service
from backend.checklists.definition import Media
from backend.core import schema
from backend.core.actor import SYSTEM, Membership, ScopeKind
from backend.core.db import transaction
from backend.core.ids import new_id
from backend.core.permissions import Role
from backend.core.problems import Problem
from backend.core.settling import settle
from backend.core.signing import ALGORITHM
from backend.doctor import examine
from backend.media_commands import media
from backend.retention import telling as retention_telling
from backend.reviews import archiving
from backend.worker import stop_on_signals, work
from media_store import StoreError

DEMO_SHOPPER = "chelsea"
DEMO_LOGINS = ("alice", "bob", "chelsea", "dan", "erin", "frank")


class _Commands(click.Group):
    """Tells what was refused as a sentence, not as a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except Problem as problem:
            raise click.ClickException(_told(problem)) from problem
        except deployment.SettingsFault as fault:
            raise click.ClickException(str(fault)) from fault


@click.group(cls=_Commands)
def main() -> None:
    """Mingcha: mystery-shopper visits and on-site audits."""


@main.command()
def migrate() -> None:
    """Brings the database's tables up to date."""
    with create_app().app_context():
        schema.upgrade()


@main.command()
def demo() -> None:
    """Loads the demo data into an empty database; does nothing when they are there."""
    with create_app().app_context():
        _load_demo()


@main.command()
@click.option("--host", default="127.0.0.1")
@click.option("--port", default=8000)
@click.option("--workers", default=2, help="Web processes.")
@click.option("--threads", default=16, help="Threads of each: at least as many as simultaneous uploads.")
def serve(host: str, port: int, workers: int, threads: int) -> None:
    """Serves the web side with gunicorn, in the foreground."""
    command = _gunicorn(host, port, workers, threads)
    os.execvpe(command[0], command, _environment())  # noqa: S606 - our own fixed command line.


@main.command()
def worker() -> None:
    """Runs jobs until it is told to stop."""
    stop = threading.Event()
    stop_on_signals(stop)
    app = create_app()
    settle()
    work(app, stop, app.extensions["mingcha.settings"].broker_url)


@main.command()
@click.option("--host", default="127.0.0.1")
@click.option("--port", default=8000)
@click.option("--https", is_flag=True, help="Serve the local network by TLS with a certificate made on the spot.")
def up(host: str, port: int, https: bool) -> None:
    """Everything on one machine: migrates, loads the demo into an empty database, serves, works."""
    os.environ.setdefault("MINGCHA_DEMO", "1")
    tls = _on_the_spot(port) if https else []
    host = "0.0.0.0" if https else host  # noqa: S104 - that is what was asked for: phones on the local network.
    os.environ.setdefault("MINGCHA_PUBLIC_URL", f"http://127.0.0.1:{port}")
    with create_app().app_context():
        schema.upgrade()
        _load_demo()
        _print_links()
        if https:
            _print_code()
    sys.exit(_supervise([[*_gunicorn(host, port, 2, 16), *tls], [sys.executable, "-m", "backend.cli", "worker"]]))


@main.command()
@click.argument("login")
def token(login: str) -> None:
    """Prints a new bearer token of a person, alone on its line."""
    with create_app().app_context(), transaction(writes=True):
        click.echo(accounts_service.make_token(_person(login), "command line"))


@main.command()
@click.argument("login")
def invite(login: str) -> None:
    """Prints a fresh single-use sign-in link of a person, alone on its line."""
    with create_app().app_context(), transaction(writes=True):
        click.echo(accounts_service.link_for(_person(login), accounts_service.invite(SYSTEM, _person(login))))


@main.command()
@click.argument("login")
@click.argument("name")
@click.option("--role", "roles", multiple=True, required=True, type=click.Choice([role.value for role in Role]))
def person(login: str, name: str, roles: tuple[str, ...]) -> None:
    """Makes a person with roles over the whole network: the first planner of a new deployment."""
    memberships = [Membership(Role(role), ScopeKind.ALL, None) for role in roles]
    with create_app().app_context(), transaction(writes=True):
        accounts_service.put_person(SYSTEM, new_id(), {"login": login, "name": name, "roles": memberships})


@main.group()
def checklist() -> None:
    """Checklists."""


@checklist.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def publish(file: Path) -> None:
    """Publishes the version in FILE (YAML or JSON); a published one that differs is refused."""
    media: Media = "json" if file.suffix == ".json" else "yaml"
    with create_app().app_context():
        with transaction(writes=True):
            row, created = checklists_service.publish(SYSTEM, file.read_bytes(), media)
        click.echo(f"{row.code} {row.version}: {'published' if created else 'already published, the same'}")


main.add_command(media)


@main.command()
@click.option("--bytes", "read_bytes", is_flag=True, help="Reads every kept byte and compares its SHA-256.")
def doctor(read_bytes: bool) -> None:
    """Says what is wrong with this deployment; ends with 1 when something is."""
    with create_app().app_context():
        findings = examine(read_bytes=read_bytes)
    for finding in findings:
        click.echo(finding)
    click.echo("all well" if not findings else f"{len(findings)} findings")
    sys.exit(bool(findings))


@main.command()
@click.option("--apply", "is_applied", is_flag=True, help="Delete what is due, instead of only saying what is.")
def retention(is_applied: bool) -> None:
    """Says what the waves' retention clocks will delete and when; with --apply deletes what is due now."""
    try:
        with create_app().app_context():
            for line in retention_telling.carry_out() if is_applied else retention_telling.plan():
                click.echo(line)
    except StoreError as fault:
        told = "What was let go until now, the worker deletes; the rest waits for the next run."
        raise click.ClickException(f"The media store does not answer: {fault}. {told}") from fault
    if not is_applied:
        click.echo("nothing was deleted; mingcha retention --apply deletes what is due")


@main.command("signing-key")
def signing_key() -> None:
    """Prints the public key against which archives of this deployment are verified."""
    with create_app().app_context():
        key = archiving.signing_key().public
    click.echo(f"{ALGORITHM} key {key.id}\nhex     {key.hex}\nbase64  {key.base64}\n{key.pem.strip()}")


@main.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--key", help="The published key: hexadecimal digits, base64, or a file that holds it (also as PEM).")
def verify(file: Path, key: str | None) -> None:
    """Checks an archive of a visit offline; ends with 1 when it is not whole and genuine."""
    code, lines = verifying.run(file, key)
    click.echo("\n".join(lines))
    sys.exit(code)


def _person(login: str) -> Person:
    found = accounts.person_by_login(login)
    if found is None:
        raise click.ClickException(f"nobody has the login {login}")
    return found


def _told(problem: Problem) -> str:
    """The problem's sentence, and a line for each place that is at fault."""
    told = problem.as_dict()
    return "\n".join([told["detail"], *(_line(error) for error in told.get("errors", ()))])


def _line(error: Mapping[str, Any]) -> str:
    place = next((str(value) for name, value in error.items() if name not in {"code", "message"}), "")
    return f"  {place}: {error['message']}"


def _load_demo() -> None:
    with transaction(writes=False):
        empty = demo_data.is_empty()
    if empty:
        click.echo("Loading demo data ...")
        demo_data.load(lambda text: click.echo(f"  {text}"))


def _print_links() -> None:
    with transaction(writes=True):
        people = [found for login in DEMO_LOGINS if (found := accounts.person_by_login(login))]
        for one in people:
            link = accounts_service.link_for(one, accounts_service.invite(SYSTEM, one))
            click.echo(f"  {one.login:8} {one.name}  {link}")


def _on_the_spot(port: int) -> list[str]:
    """Makes certificate and public address of a trial on the local network; answers what gunicorn must be told."""
    address = certificates.local_address()
    names = list(dict.fromkeys([address, "127.0.0.1", "localhost", socket.gethostname()]))
    files = certificates.make(deployment.read().data_dir / "tls", names)
    os.environ["MINGCHA_PUBLIC_URL"] = f"https://{address}:{port}"
    os.environ["MINGCHA_TRIAL_AUTHORITY"] = str(files.authority)
    return ["--certfile", str(files.certificate), "--keyfile", str(files.key)]


def _print_code() -> None:
    """What a phone must be told first, and where it goes then, as a code for its camera."""
    public_url = deployment.current().public_url
    with transaction(writes=True):
        shopper = accounts.person_by_login(DEMO_SHOPPER)
        invited = accounts_service.link_for(shopper, accounts_service.invite(SYSTEM, shopper)) if shopper else None
    address = invited or f"{public_url}/m/"
    click.echo(
        f"\nPhone, in the same network: trust {public_url}/authority.crt once (docs/operations.md), then scan:\n"
    )
    segno.make(address, micro=False).terminal(out=sys.stdout, compact=True, border=2)
    click.echo(address)


def _gunicorn(host: str, port: int, workers: int, threads: int) -> list[str]:
    return [
        sys.executable, "-m", "gunicorn", "wsgi:app", "--chdir", str(deployment.ROOT), "--bind", f"{host}:{port}",
        "--worker-class", "gthread", "--workers", str(workers), "--threads", str(threads),
        "--no-control-socket", "--graceful-timeout", "20", "--timeout", "120", "--keep-alive", "30",
        "--config", "python:backend.serving",
    ]  # fmt: skip


def _environment() -> dict[str, str]:
    folder = deployment.read().data_dir / "metrics"
    folder.mkdir(exist_ok=True)
    for old in folder.glob("*.db"):
        old.unlink()
    return {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(folder)}


def _supervise(commands: list[list[str]]) -> int:
    """Runs the commands until one ends or we are told to stop; then ends them all and waits for them."""
    environment = _environment()
    children = [subprocess.Popen(command, env=environment) for command in commands]  # noqa: S603 - ours, fixed.
    stop = threading.Event()
    stop_on_signals(stop)
    while not stop.wait(0.2) and all(child.poll() is None for child in children):
        pass
    for child in children:
        child.terminate()
    codes = [_ended(child) for child in children]
    return 0 if stop.is_set() else max(map(abs, codes), default=0)


def _ended(child: "subprocess.Popen[Any]") -> int:
    try:
        return child.wait(timeout=30)
    except subprocess.TimeoutExpired:
        child.send_signal(signal.SIGKILL)
        return child.wait()


if __name__ == "__main__":
    main()
