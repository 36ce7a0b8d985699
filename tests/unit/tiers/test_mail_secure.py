"""Mail over TLS with a name and a password, to a server whose certificate is checked."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from node.mail.smtp import Answer, Conversation
from node.settings import MailConfig

USER, PASSWORD = "station", "correct horse"
CONTENT = b"Subject: x\r\n\r\nhello\r\n"


class Server(NamedTuple):
    """A mail server: how to reach it, what it took, and which names and passwords it was told."""

    port: int
    taken: list[bytes]
    told: list[tuple[str, str]]


def write_certificate(folder: Path, name: str) -> Path:
    """A certificate for a host's name, signed by itself, and its key in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    named = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(named)
        .issuer_name(named)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / f"{name}.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return file


Listen = Callable[..., Any]


@pytest.fixture
async def listen(tmp_path: Path) -> AsyncIterator[Listen]:
    """Starts a server on a free port: ``await listen("starttls", certificate="localhost")``."""
    servers: list[asyncio.Server] = []

    async def start(security: str, certificate: str = "localhost") -> Server:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(write_certificate(tmp_path, certificate))
        taken: list[bytes] = []
        told: list[tuple[str, str]] = []

        class Handler:
            async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
                assert isinstance(envelope.content, bytes)
                taken.append(envelope.content)
                return "250 taken"

        def check(
            server: SMTP, session: Session, envelope: Envelope, way: str, data: object
        ) -> AuthResult:
            assert isinstance(data, LoginPassword)
            told.append((data.login.decode(), data.password.decode()))
            return AuthResult(success=told[-1] == (USER, PASSWORD), handled=False)

        def make() -> SMTP:
            return SMTP(
                Handler(),
                loop=loop,
                tls_context=context if security == "starttls" else None,
                authenticator=check,
                auth_require_tls=security == "starttls",
            )

        loop = asyncio.get_running_loop()
        made = await loop.create_server(
            make, "localhost", 0, ssl=context if security == "tls" else None
        )
        servers.append(made)
        return Server(made.sockets[0].getsockname()[1], taken, told)

    yield start
    for each in servers:
        each.close()


@pytest.fixture
def trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Makes this machine trust the certificate of a host, and no other."""
    return lambda name: monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / f"{name}.pem"))


def config(server: Server, security: str, password: str = PASSWORD) -> MailConfig:
    """How the server is reached, by its name and a password."""
    given = {"host": "localhost", "port": server.port, "security": security, "timeout_s": 10}
    who = {"sender": "node@station.example", "user": USER, "password": password}
    return MailConfig.model_validate(given | who)


def send(talk: Conversation) -> Answer:
    """Connect, hand one mail over, take leave; the first answer that is not good, or the last."""
    answer = talk.open()
    if answer.is_good:
        answer, _ = talk.begin("node@station.example", "wang@station.example")
    if answer.is_good:
        answer = talk.hand(CONTENT)
    talk.close()
    return answer


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_a_mail_goes_out_encrypted_by_name_and_password(
    listen: Listen, trusted: Callable[[str], None], security: str
) -> None:
    server = await listen(security)
    trusted("localhost")

    answer = await asyncio.to_thread(send, Conversation(config(server, security)))

    assert answer == Answer(250, "250 taken")
    assert server.told == [(USER, PASSWORD)]
    assert server.taken == [CONTENT]


@pytest.mark.parametrize("security", ["starttls", "tls"])
@pytest.mark.parametrize("certificate", ["unknown", "of-another"])
async def test_a_server_that_cannot_prove_its_name_is_told_nothing(
    listen: Listen, trusted: Callable[[str], None], tmp_path: Path, security: str, certificate: str
) -> None:
    server = await listen(security, "localhost" if certificate == "unknown" else "other.example")
    if certificate == "unknown":
        write_certificate(tmp_path, "somebody.example")
        trusted("somebody.example")
    else:
        trusted("other.example")

    answer = await asyncio.to_thread(send, Conversation(config(server, security)))

    assert (answer.is_good, answer.code) == (False, 0)
    assert "certificate verify failed" in answer.text
    assert (server.told, server.taken) == ([], [])


async def test_a_server_that_does_not_encrypt_is_told_nothing(listen: Listen) -> None:
    server = await listen("none")

    answer = await asyncio.to_thread(send, Conversation(config(server, "starttls")))

    assert not answer.is_good
    assert "STARTTLS" in answer.text
    assert (server.told, server.taken) == ([], [])


async def test_a_wrong_password_is_said_in_the_server_s_words(
    listen: Listen, trusted: Callable[[str], None]
) -> None:
    server = await listen("starttls")
    trusted("localhost")

    given = config(server, "starttls", "wrong")
    answer = await asyncio.to_thread(send, Conversation(given))

    assert (answer.code, answer.is_final) == (535, True)
    assert server.taken == []


async def test_a_server_that_awaits_a_text_is_not_sent_a_goodbye_in_its_place() -> None:
    heard: list[bytes] = []
    ended = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 here\r\n")
        while line := await reader.readline():
            heard.append(line.split()[0].upper())
            writer.write(b"354 go on\r\n" if heard[-1] == b"DATA" else b"250 OK\r\n")
        ended.set()
        writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    talk = Conversation(
        MailConfig(
            host="127.0.0.1", port=listening.sockets[0].getsockname()[1], security="none",
            sender="node@station.example", timeout_s=1,
        )
    )  # fmt: skip

    def give_up() -> None:
        assert talk.open().is_good
        assert talk.begin("node@station.example", "wang@station.example")[0].code == 354
        talk.close()

    await asyncio.to_thread(give_up)
    await ended.wait()
    listening.close()
    assert heard[-1] == b"DATA"
