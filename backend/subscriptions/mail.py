"""One e-mail: composed without anything of ours in it that calls home, and handed to the deployment's SMTP server."""

import html
import smtplib
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from email.utils import format_datetime
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from backend.core import clock
from backend.settings import STARTTLS, TLS, Mail
from backend.subscriptions import rules
from backend.subscriptions.problems import NotSent

SECONDS: Final = 15
_FOR_GOOD: Final = range(500, 600)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a letter; with a `link`, the words lead there. One that `heads` others begins a part."""

    words: str
    link: str | None = None
    heads: bool = False


@dataclass(frozen=True, slots=True)
class Letter:
    """What is written to whom. `unsubscribe` is the address that ends it with one click; None for what is asked once."""

    delivery_id: UUID
    locale: str
    to: str
    subject: str
    lines: Sequence[Line]
    footer: Sequence[Line]
    unsubscribe: str | None


class _Whole(str):
    """The value of `List-Unsubscribe`, never folded: the library would encode a link that is longer than a line."""

    __slots__ = ()
    name = "List-Unsubscribe"

    def fold(self, *, policy: EmailPolicy) -> str:
        return f"{self.name}: {self}{policy.linesep}"


def send(settings: Mail, letter: Letter, site: str) -> int:
    """Hands the letter over and answers the server's code. Raises NotSent."""
    if not rules.is_address(letter.to):
        raise NotSent("address-malformed", for_good=True)
    message = compose(settings.sender, letter, site)
    try:
        with _server(settings) as server:
            server.send_message(message, settings.sender, [letter.to])
    except smtplib.SMTPRecipientsRefused as fault:
        status, reason = next(iter(fault.recipients.values()))
        raise _refused("recipient-refused", status, reason) from fault
    except smtplib.SMTPAuthenticationError as fault:
        raise NotSent("mail-sign-in", status=fault.smtp_code) from fault
    except smtplib.SMTPResponseException as fault:
        raise _refused("mail-refused", fault.smtp_code, fault.smtp_error) from fault
    except ssl.SSLError as fault:
        raise NotSent("tls-failed") from fault
    except smtplib.SMTPNotSupportedError as fault:
        raise NotSent("mail-no-tls") from fault
    except TimeoutError as fault:
        raise NotSent("timed-out") from fault
    except (OSError, smtplib.SMTPException) as fault:
        raise NotSent("no-answer") from fault
    return 250


def compose(sender: str, letter: Letter, site: str) -> EmailMessage:
    """The letter as text and as simple HTML. A repeat has the same `Message-ID`, so that mailboxes know it again."""
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = letter.to
    message["Subject"] = one_line(letter.subject)
    message["Date"] = format_datetime(clock.now())
    message["Message-ID"] = f"<{letter.delivery_id}@{urlsplit(site).hostname}>"
    message["Auto-Submitted"] = "auto-generated"
    message["Content-Language"] = letter.locale
    if letter.unsubscribe is not None:
        message["List-Unsubscribe"] = _Whole(f"<{letter.unsubscribe}>")
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(_text(letter))
    message.add_alternative(_html(letter), subtype="html")
    return message


def one_line(text: str) -> str:
    """The text without anything that could end a header's line."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def _refused(code: str, status: int, reason: bytes | str) -> NotSent:
    words = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else reason
    return NotSent(code, status=status, excerpt=one_line(words)[:200], for_good=status in _FOR_GOOD)


@contextmanager
def _server(settings: Mail) -> Iterator[smtplib.SMTP]:
    context = ssl.create_default_context()
    if settings.security == TLS:
        server: smtplib.SMTP = smtplib.SMTP_SSL(settings.host, settings.port, timeout=SECONDS, context=context)
    else:
        server = smtplib.SMTP(settings.host, settings.port, timeout=SECONDS)
    with server:
        if settings.security == STARTTLS:
            server.starttls(context=context)
        if settings.user:
            server.login(settings.user, settings.password or "")
        yield server


def _text(letter: Letter) -> str:
    body = "\n".join(f"\n{_plain(line)}" if line.heads else _plain(line) for line in letter.lines).lstrip()
    return "\n".join([body, "", "-- ", *(_plain(line) for line in letter.footer), ""])


def _plain(line: Line) -> str:
    return line.words if line.link is None else f"{line.words}\n  {line.link}"


def _html(letter: Letter) -> str:
    body = "".join(_paragraph(line) for line in letter.lines)
    footer = "<br>".join(_marked(line) for line in letter.footer)
    return (
        f'<!DOCTYPE html><html lang="{html.escape(letter.locale)}"><head><meta charset="utf-8">'
        f"<title>{html.escape(one_line(letter.subject))}</title></head>"
        '<body style="font:15px/1.6 sans-serif;color:#15191e;max-width:40em">'
        f'{body}<hr><p style="font-size:12px;color:#565e69">{footer}</p></body></html>'
    )


def _paragraph(line: Line) -> str:
    if line.heads:
        return f'<h2 style="font-size:16px;margin:1.5em 0 0">{_marked(line)}</h2>'
    return f'<p style="margin:.4em 0">{_marked(line)}</p>'


def _marked(line: Line) -> str:
    words = html.escape(line.words)
    return words if line.link is None else f'<a href="{html.escape(line.link)}">{words}</a>'
