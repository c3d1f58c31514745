"""Servers and proxies on loopback that answer badly, or not at all; and certificates for them."""

import datetime
import re
import socket
import ssl
import struct
import threading
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


def request_from(connection: socket.socket) -> bytes:
    """Reads a whole request, or what there is of a TLS handshake."""
    if isinstance(connection, ssl.SSLSocket) or connection.recv(1, socket.MSG_PEEK) != b"\x16":
        return whole_request_from(connection)
    return connection.recv(65_536)


def whole_request_from(connection: socket.socket) -> bytes:
    with connection.makefile("rb") as lines:
        head = b""
        while not head.endswith(b"\r\n\r\n") and (line := lines.readline()):
            head += line
        length = re.search(rb"(?i)content-length: ([0-9]+)", head)
        return head + (lines.read(int(length[1])) if length else b"")


class Listener:
    """A server that reads one request and answers with what it was given, byte by byte."""

    def __init__(self, answer: bytes) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}/token"
        self._answer = answer
        self.heard = b""
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        connection, _ = self._listening.accept()
        with connection:
            self.heard = request_from(connection)
            connection.sendall(self._answer)

    def close(self) -> None:
        self._thread.join()
        self._listening.close()


def reply(body: bytes, head: bytes = b"HTTP/1.1 200 OK") -> bytes:
    return head + b"\r\nContent-Length: " + str(len(body)).encode() + b"\r\n\r\n" + body


def make_certificate(path: Path) -> None:
    """Writes a certificate of 127.0.0.1 that nobody vouches for, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))


class TunnelProxy:
    """A proxy that lets every tunnel through, to a server behind it that takes requests and loses the answers.

    Args:
        certificate: the server's, with its key.
        ending: how the connection ends: "close", "reset"; or "refuse": no tunnel is let through.
    """

    def __init__(self, certificate: Path, ending: str) -> None:
        self.tunnels: list[str] = []
        self.heads: list[str] = []
        self.arrived: list[bytes] = []
        self._ending = ending
        self._context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._context.load_cert_chain(certificate)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.place = f"127.0.0.1:{self._listening.getsockname()[1]}"
        self.url = f"http://{self.place}"
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            connection, _ = self._listening.accept()
            with connection, suppress(OSError):
                head = whole_request_from(connection)
                if not head:
                    return
                self.heads.append(head.decode())
                self.tunnels.append(self.heads[-1].split()[1])
                self._answer(connection)

    def _answer(self, connection: socket.socket) -> None:
        if self._ending == "refuse":
            connection.sendall(reply(b"", b"HTTP/1.1 407 Proxy Authentication Required"))
            return
        connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        with self._context.wrap_socket(connection, server_side=True) as tunnel:
            self.arrived.append(whole_request_from(tunnel))
            if self._ending == "reset":
                tunnel.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def close(self) -> None:
        socket.create_connection(self._listening.getsockname()).close()
        self._thread.join()
        self._listening.close()


class DrippingServer:
    """A server whose answer never stalls, and takes longer than anybody should wait.

    Args:
        answer: what is sent, byte by byte.
    """

    def __init__(self, answer: bytes) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}/"
        self._answer = answer
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        connection, _ = self._listening.accept()
        with connection, suppress(OSError):  # whoever has had enough hangs up
            whole_request_from(connection)
            for byte in self._answer:
                connection.sendall(bytes([byte]))
                self._closing.wait(0.02)

    def close(self) -> None:
        self._closing.set()
        self._thread.join()
        self._listening.close()
