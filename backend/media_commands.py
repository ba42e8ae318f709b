"""`mingcha media`: moving a deployment's bytes to another store, and clearing away what nothing mentions."""

import sys
import time
from datetime import timedelta

import click

import media_store
from backend import settings as deployment
from backend.app import create_app
from backend.core.batches import batches
from backend.evidence import audit, disposal
from media_store.copying import Report, copy

# How often a long copy says how far it has come.
_TELL_SECONDS = 5.0
_MOST_TOLD = 20
_KIB = 1024


@click.group()
def media() -> None:
    """The media store."""


@media.command(name="copy")
@click.argument("addresses", nargs=-1, required=True, metavar="[FROM] TO")
@click.option("--thorough", is_flag=True, help="Reads what is at the target already instead of trusting its size.")
def copy_media(addresses: tuple[str, ...], thorough: bool) -> None:
    """Copies every object and running upload from one store to another; run it again after any break.

    FROM and TO are written as in MINGCHA_MEDIA_URL; FROM is this deployment's store unless it is given. Ends with 1 when an
    object could not be copied.
    """
    source, target = _stores(addresses)
    try:
        report = copy(source, target, _Teller(), thorough=thorough)
    except media_store.StoreError as fault:
        message = f"{fault}\nWhat was copied stays. Run the command again and it goes on from there."
        raise click.ClickException(message) from fault
    _sum_up(report)
    sys.exit(bool(report.wrong))


@media.command()
@click.option("--older-than", default=7, type=click.IntRange(min=1), help="Days.", show_default=True)
@click.option("--yes", is_flag=True, help="Deletes; without it what would go is only listed.")
def tidy(older_than: int, yes: bool) -> None:
    """Deletes objects that no row of the database mentions; lists them only, unless --yes is given."""
    with create_app().app_context():
        count = size = 0
        for batch in batches(audit.orphans(timedelta(days=older_than)), audit.PAGE):
            gone = set(disposal.delete_unmentioned(each.key for each in batch)) if yes else {each.key for each in batch}
            for each in (each for each in batch if each.key in gone):
                count, size = count + 1, size + each.size
                if count <= _MOST_TOLD:
                    click.echo(f"  {each.key}  {_amount(each.size)}")
        click.echo(f"{count} objects, {_amount(size)}: {'deleted' if yes else 'to be deleted with --yes'}")


def _stores(addresses: tuple[str, ...]) -> tuple[media_store.Store, media_store.Store]:
    *given, target = addresses
    if len(given) > 1:
        raise click.UsageError("Give at most two addresses: FROM and TO.")
    source = given[0] if given else deployment.read().media_url
    if source == target:
        raise click.UsageError("FROM and TO are the same store.")
    try:
        return media_store.open_store(source), media_store.open_store(target)
    except ValueError as fault:
        raise click.UsageError(str(fault)) from fault


class _Teller:
    """Says now and then how far a copy has come; always at its beginning and its end."""

    def __init__(self) -> None:
        self._next = 0.0

    def __call__(self, now: Report) -> None:
        if time.monotonic() >= self._next or now.objects == now.total_objects:
            self._next = time.monotonic() + _TELL_SECONDS
            share = f"{_amount(now.size)} of {_amount(now.total_size)}"
            click.echo(f"{now.objects} of {now.total_objects} objects, {share}")


def _sum_up(report: Report) -> None:
    click.echo(f"copied: {report.copied} objects, {_amount(report.copied_size)}")
    click.echo(f"in place already: {report.in_place}")
    click.echo(f"uploads still arriving: {report.uploads}")
    if report.gone:
        click.echo(f"deleted at the source meanwhile: {report.gone}")
    if report.only_at_target:
        click.echo(f"only at the target, left alone: {report.only_at_target}")
    for key in report.wrong_keys:
        click.echo(f"NOT COPIED, its bytes are not those that its name promises: {key}")
    if report.wrong:
        click.echo(f"not copied: {report.wrong}")


def _amount(size: float) -> str:
    """Bytes in the unit in which they are read most easily."""
    for unit in ("bytes", "KiB", "MiB", "GiB"):
        if size < _KIB:
            return f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.1f} {unit}"
        size /= _KIB
    return f"{size:.1f} TiB"
