"""Mail over TLS with a name and a password, to a server whose certificate is checked."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pydantic import SecretStr

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
            async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
                taken.append(envelope.content)
                return "250 taken"

        def check(server: Any, session: Any, envelope: Any, way: str, data: Any) -> AuthResult:
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


def config(server: Server, security: Any, host: str = "localhost", **more: Any) -> MailConfig:
    given = {"user": USER, "password": SecretStr(PASSWORD)} | more
    return MailConfig(
        host=host, port=server.port, security=security, sender="node@station.example",
        timeout_s=10, **given,
    )  # fmt: skip


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

    given = config(server, "starttls", password=SecretStr("wrong"))
    answer = await asyncio.to_thread(send, Conversation(given))

    assert (answer.code, answer.is_final) == (535, True)
    assert server.taken == []
