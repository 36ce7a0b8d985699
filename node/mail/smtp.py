"""One conversation with the mail server, cut where its outcome has to be written down (RFC 5321).

Blocking: to be called in a thread. Until the server has been given the text nothing was sent;
after it answered, it has the mail or has not. Only in between nobody can know.
"""

import smtplib
import ssl
from contextlib import suppress
from typing import NamedTuple

from node.settings import MailConfig

ANSWER_CHARS_MAX = 300
NO_SUCH_ADDRESS = frozenset({550, 551, 553, 556})


class Answer(NamedTuple):
    """What the server said: 0 and why where it said nothing."""

    code: int
    text: str

    @property
    def is_good(self) -> bool:
        return 200 <= self.code < 400

    @property
    def is_final(self) -> bool:
        """It will say the same again."""
        return self.code >= 500

    @property
    def is_about_address(self) -> bool:
        """There is no such mailbox; not that we may not send (enhanced codes 5.7.x)."""
        return self.code in NO_SUCH_ADDRESS and "5.7." not in self.text


class Conversation:
    """One connection to the mail server."""

    def __init__(self, config: MailConfig) -> None:
        self._config = config
        self._smtp: smtplib.SMTP | None = None
        self._is_awaited = False

    def open(self) -> Answer:
        """Connect, encrypt and log in; the server's name is checked against its certificate."""
        config = self._config
        try:
            self._smtp = self._connect()
            if config.security == "starttls":
                self._smtp.starttls(context=ssl.create_default_context())
                self._smtp.ehlo()
            if config.user:
                secret = config.password.get_secret_value() if config.password else ""
                self._smtp.login(config.user, secret)
        except smtplib.SMTPResponseException as error:
            return _answer(error.smtp_code, error.smtp_error)
        except (smtplib.SMTPException, OSError) as error:
            return _answer(0, f"{type(error).__name__}: {error}")
        return Answer(220, "")

    def _connect(self) -> smtplib.SMTP:
        config = self._config
        made: smtplib.SMTP
        if config.security == "tls":
            made = smtplib.SMTP_SSL(
                config.host, config.port, timeout=config.timeout_s,
                context=ssl.create_default_context(),
            )  # fmt: skip
        else:
            made = smtplib.SMTP(config.host, config.port, timeout=config.timeout_s)
        made.ehlo_or_helo_if_needed()
        return made

    def begin(self, sender: str, to: str) -> tuple[Answer, bool]:
        """Name sender and recipient, and ask to hand over the text.

        Returns:
            What the server said, and whether it was about the recipient.
        """
        assert self._smtp is not None
        try:
            self._smtp.rset()
            answer = _answer(*self._smtp.mail(sender))
            if not answer.is_good:
                return answer, False
            answer = _answer(*self._smtp.rcpt(to))
            if not answer.is_good:
                return answer, True
            answer = _answer(*self._smtp.docmd("DATA"))
            self._is_awaited = answer.is_good
            return answer, False
        except (smtplib.SMTPException, OSError) as error:
            return _answer(0, f"{type(error).__name__}: {error}"), False

    def hand(self, content: bytes) -> Answer:
        """Hand the text over, and hear whether the server has taken it."""
        assert self._smtp is not None
        stuffed = b"\r\n".join(
            b"." + line if line.startswith(b".") else line for line in content.split(b"\r\n")
        )
        try:
            self._smtp.send(stuffed.removesuffix(b"\r\n") + b"\r\n.\r\n")
            answer = _answer(*self._smtp.getreply())
            self._is_awaited = False
            return answer
        except (smtplib.SMTPException, OSError) as error:
            return _answer(0, f"{type(error).__name__}: {error}")

    def close(self) -> None:
        """Take leave if the server listens; one that awaits a text would take that for its line."""
        if self._smtp is not None:
            if not self._is_awaited:
                with suppress(smtplib.SMTPException, OSError):
                    self._smtp.quit()
            self._smtp.close()


def _answer(code: int, text: bytes | str) -> Answer:
    said = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return Answer(code, " ".join(f"{code or ''} {said}".split())[:ANSWER_CHARS_MAX])
