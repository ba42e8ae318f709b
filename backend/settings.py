"""Every setting of a deployment, read once from `MINGCHA_*`. Nothing else reads the environment."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from flask import current_app

Network = IPv4Network | IPv6Network

STARTTLS, TLS, PLAIN = "starttls", "tls", "none"
_SMTP_PORTS: Final = {STARTTLS: 587, TLS: 465, PLAIN: 25}
_MOST_PORT: Final = 65535
_ORIGIN = re.compile(r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?")
ROOT = Path(__file__).resolve().parent.parent


class SettingsFault(Exception):
    """A setting is missing or makes no sense; the message names it and says what would."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """The server that takes our e-mail, and from which address we write."""

    host: str
    port: int
    security: str
    user: str | None
    password: str | None = field(repr=False)
    sender: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a deployment decides. The embedded default needs nothing set."""

    data_dir: Path
    database_url: str
    media_url: str
    media_public_endpoint: str | None
    broker_url: str | None
    public_url: str
    secret_key: str
    signing_key: str
    frontend_dir: Path
    time_zone: ZoneInfo
    secure_cookies: bool
    wants_demo: bool
    metrics_dir: str | None
    trusted_proxies: int
    trial_authority: Path | None
    mail: Mail | None
    webhook_private: tuple[Network, ...]

    @property
    def is_sqlite(self) -> bool:
        return self.database_url.startswith("sqlite")


def read(environ: Mapping[str, str] = os.environ) -> Settings:
    """The settings of this process; missing ones get the embedded default under `MINGCHA_DATA_DIR`."""
    data_dir = Path(environ.get("MINGCHA_DATA_DIR", "var")).resolve()
    data_dir.mkdir(parents=True, exist_ok=True)
    media_url = environ.get("MINGCHA_MEDIA_URL", f"file:{data_dir / 'media'}")
    public_url = environ.get("MINGCHA_PUBLIC_URL", "http://127.0.0.1:8000").rstrip("/")
    return Settings(
        data_dir=data_dir,
        database_url=_database_url(environ, data_dir),
        media_url=media_url,
        media_public_endpoint=_media_public_endpoint(environ, media_url),
        broker_url=environ.get("MINGCHA_BROKER_URL") or None,
        public_url=public_url,
        secret_key=environ.get("MINGCHA_SECRET_KEY") or _kept_secret(data_dir, "secret"),
        signing_key=_signing_key(environ.get("MINGCHA_SIGNING_KEY") or _kept_secret(data_dir, "signing")),
        frontend_dir=Path(environ.get("MINGCHA_FRONTEND_DIR", ROOT / "frontend" / "dist")),
        time_zone=_time_zone(environ.get("MINGCHA_TIME_ZONE", "Asia/Shanghai")),
        secure_cookies=public_url.startswith("https://"),
        wants_demo=environ.get("MINGCHA_DEMO") == "1",
        metrics_dir=environ.get("PROMETHEUS_MULTIPROC_DIR"),
        trusted_proxies=_count(environ, "MINGCHA_TRUSTED_PROXIES"),
        trial_authority=_file(environ, "MINGCHA_TRIAL_AUTHORITY"),
        mail=_mail(environ),
        webhook_private=_networks(environ, "MINGCHA_WEBHOOK_PRIVATE"),
    )


def current() -> Settings:
    """The settings of the running application."""
    settings: Settings = current_app.extensions["mingcha.settings"]
    return settings


def _database_url(environ: Mapping[str, str], data_dir: Path) -> str:
    url = environ.get("MINGCHA_DATABASE_URL") or f"sqlite:///{data_dir / 'mingcha.db'}"
    if url.startswith("postgresql://"):
        return url.replace("postgresql://", "postgresql+psycopg://", 1)
    if not url.startswith(("sqlite:///", "postgresql+psycopg://")):
        raise SettingsFault("MINGCHA_DATABASE_URL must start with sqlite:/// or postgresql://")
    return url


def _media_public_endpoint(environ: Mapping[str, str], media_url: str) -> str | None:
    """Scheme, host and port alone: pages name it as the one other origin that pictures may come from."""
    name = "MINGCHA_MEDIA_PUBLIC_ENDPOINT"
    given = environ.get(name, "").rstrip("/")
    if given and not _ORIGIN.fullmatch(given):
        raise SettingsFault(f"{name} must look like https://media.example.com or http://10.0.0.5:9000, not {given}")
    if given and not media_url.startswith("s3:"):
        raise SettingsFault(f"{name} needs a store with addresses of its own: MINGCHA_MEDIA_URL=s3://...")
    return given or None


def _time_zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as fault:
        raise SettingsFault(f"MINGCHA_TIME_ZONE names no time zone: {name}") from fault


def _mail(environ: Mapping[str, str]) -> Mail | None:
    host = environ.get("MINGCHA_SMTP_HOST")
    if not host:
        return None
    security = environ.get("MINGCHA_SMTP_SECURITY") or STARTTLS
    if security not in _SMTP_PORTS:
        raise SettingsFault(f"MINGCHA_SMTP_SECURITY must be starttls, tls or none, not {security}")
    sender = environ.get("MINGCHA_SMTP_FROM", "")
    if not re.fullmatch(r"[!-~]+@[A-Za-z0-9.-]+", sender):
        raise SettingsFault("MINGCHA_SMTP_FROM must be the address we write from, such as mingcha@example.com")
    user, password = environ.get("MINGCHA_SMTP_USER") or None, environ.get("MINGCHA_SMTP_PASSWORD") or None
    if user and security == PLAIN:
        raise SettingsFault("MINGCHA_SMTP_USER needs an encrypted way: MINGCHA_SMTP_SECURITY=starttls or tls")
    port = _count(environ, "MINGCHA_SMTP_PORT") or _SMTP_PORTS[security]
    if port > _MOST_PORT:
        raise SettingsFault(f"MINGCHA_SMTP_PORT must be a port such as 587, not {port}")
    return Mail(host=host, port=port, security=security, user=user, password=password, sender=sender)


def _networks(environ: Mapping[str, str], name: str) -> tuple[Network, ...]:
    given = [text.strip() for text in environ.get(name, "").split(",") if text.strip()]
    try:
        return tuple(ip_network(text) for text in given)
    except ValueError as fault:
        raise SettingsFault(f"{name} must list networks such as 10.20.0.0/16, separated by commas: {fault}") from fault


def _file(environ: Mapping[str, str], name: str) -> Path | None:
    return Path(environ[name]) if environ.get(name) else None


def _count(environ: Mapping[str, str], name: str) -> int:
    given = environ.get(name, "0")
    if not given.isdecimal():
        raise SettingsFault(f"{name} must be a whole number such as 0 or 1, not {given}")
    return int(given)


def _signing_key(given: str) -> str:
    """The seed of an Ed25519 key (RFC 8032, section 5.1.5): 32 bytes that the deployment keeps to itself."""
    if not re.fullmatch(r"[0-9a-fA-F]{64}", given):
        raise SettingsFault("MINGCHA_SIGNING_KEY must be 64 hexadecimal digits: openssl rand -hex 32 makes some")
    return given.lower()


def _kept_secret(data_dir: Path, name: str) -> str:
    """The embedded default makes a key of its own once, readable by the owner alone.

    The key appears under its name complete or not at all: web and worker may start at the same time, and what was
    signed with a key that a power cut then took could never be verified against the deployment again.
    """
    path = data_dir / f"{name}.key"
    if not path.exists():
        draft = data_dir / f"{name}.{os.getpid()}"
        draft.touch(mode=0o600)
        with draft.open("w") as file:
            file.write(os.urandom(32).hex())
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text().strip()
