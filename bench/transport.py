"""HTTP servers and clients under mutual TLS: keep-alive POSTs of a small JSON message, per second.

    python bench/transport.py [--seconds 3] [--at-once 32]

The server is a process of its own, the client another; both share this machine's cores: the figures are for the pair.
`aiohttp -> aiohttp` is what Renkei uses. `aiohttp -> raw asyncio` is the floor: the same client against a few lines
that answer without looking. `aiohttp -> uvicorn` is a peer, measured only where uvicorn is installed (it is no
dependency: it does not hand the client's certificate to the application).
"""

import argparse
import asyncio
import datetime as dt
import importlib.util
import ipaddress
import multiprocessing
import socket
import ssl
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

QUESTION = b'{"v":1,"inquiry":"' + b"0f" * 16 + b'","item":"48","kind":"local-tax","items":["a","b"]}'
REPLY = b'{"v":1,"state":"permitted"}'
ROUNDS = 3
Receive = Callable[[], Awaitable[dict[str, object]]]
Send = Callable[[dict[str, object]], Awaitable[None]]


@dataclass(frozen=True)
class Files:
    certificate: str
    key: str


def certificate(folder: Path) -> Files:
    """One self-signed P-256 certificate that both ends use and trust."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "bench")])
    begins = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=5)
    made = (
        x509.CertificateBuilder(
            name, name, key.public_key(), x509.random_serial_number(), begins, begins + dt.timedelta(1)
        )
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    files = Files(str(folder / "bench.pem"), str(folder / "bench.key"))
    Path(files.certificate).write_bytes(made.public_bytes(serialization.Encoding.PEM))
    pem = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    Path(files.key).write_bytes(key.private_bytes(*pem))
    return files


def context(files: Files, purpose: ssl.Purpose) -> ssl.SSLContext:
    made = ssl.create_default_context(purpose, cafile=files.certificate)
    made.minimum_version = ssl.TLSVersion.TLSv1_3
    made.load_cert_chain(files.certificate, files.key)
    made.verify_mode = ssl.CERT_REQUIRED
    return made


async def serve_aiohttp(port: int, files: Files) -> None:
    async def answer(request: web.BaseRequest) -> web.Response:
        await request.read()
        return web.Response(body=REPLY, content_type="application/json")

    runner = web.ServerRunner(web.Server(answer))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port, ssl_context=context(files, ssl.Purpose.CLIENT_AUTH)).start()
    await asyncio.Event().wait()


async def serve_raw(port: int, files: Files) -> None:
    reply = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(REPLY), REPLY)

    class Answer(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            assert isinstance(transport, asyncio.Transport)
            self.transport = transport

        def data_received(self, data: bytes) -> None:
            if data.endswith(b"}"):
                self.transport.write(reply)

    loop = asyncio.get_running_loop()
    server = await loop.create_server(Answer, "127.0.0.1", port, ssl=context(files, ssl.Purpose.CLIENT_AUTH))
    await server.serve_forever()


async def serve_uvicorn(port: int, files: Files) -> None:
    uvicorn: Any = importlib.import_module("uvicorn")

    async def app(_: object, receive: Receive, send: Send) -> None:
        while (await receive()).get("more_body"):
            pass
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(REPLY))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": REPLY})

    config = uvicorn.Config(
        app, port=port, log_level="error", lifespan="off", ssl_certfile=files.certificate, ssl_keyfile=files.key,
        ssl_ca_certs=files.certificate, ssl_cert_reqs=ssl.CERT_REQUIRED,
    )  # fmt: skip
    await uvicorn.Server(config).serve()


SERVERS: dict[str, Callable[[int, Files], Any]] = {
    "raw asyncio (floor)": serve_raw,
    "aiohttp": serve_aiohttp,
    "uvicorn (peer)": serve_uvicorn,
}


def run_server(name: str, port: int, files: Files) -> None:
    asyncio.run(SERVERS[name](port, files))


async def load(port: int, files: Files, seconds: float, at_once: int) -> float:
    """Requests per second, `at_once` at a time on as many kept connections."""
    done = 0
    connector = aiohttp.TCPConnector(limit=at_once, ssl=context(files, ssl.Purpose.SERVER_AUTH))
    async with aiohttp.ClientSession(connector=connector) as session:
        url = f"https://127.0.0.1:{port}/"

        async def ask() -> None:
            headers = {"Content-Type": "application/json"}
            async with session.post(url, data=QUESTION, headers=headers) as response:
                assert await response.read() == REPLY

        async def keep_asking(until: float) -> None:
            nonlocal done
            while time.perf_counter() < until:
                await ask()
                done += 1

        await until_up(ask)
        await asyncio.gather(*(ask() for _ in range(at_once)))
        began = time.perf_counter()
        await asyncio.gather(*(keep_asking(began + seconds) for _ in range(at_once)))
        return done / (time.perf_counter() - began)


async def until_up(ask: Callable[[], Any]) -> None:
    for _ in range(200):
        try:
            await ask()
        except aiohttp.ClientConnectionError:
            await asyncio.sleep(0.05)
        else:
            return
    raise TimeoutError("the server did not come up")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def measure(name: str, files: Files, seconds: float, at_once: int) -> float:
    port = free_port()
    server = multiprocessing.get_context("spawn").Process(target=run_server, args=(name, port, files), daemon=True)
    server.start()
    try:
        return asyncio.run(load(port, files, seconds, at_once))
    finally:
        server.terminate()
        server.join()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--at-once", type=int, default=32)
    options = parser.parse_args()
    names = [name for name in SERVERS if "uvicorn" not in name or importlib.util.find_spec("uvicorn")]
    with tempfile.TemporaryDirectory() as folder:
        files = certificate(Path(folder))
        for name in names:
            rates = [measure(name, files, options.seconds, options.at_once) for _ in range(ROUNDS)]
            print(f"aiohttp client -> {name:<20} {statistics.median(rates):>8,.0f} requests/s (median of {ROUNDS})")


if __name__ == "__main__":
    main()
