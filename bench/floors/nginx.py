"""A chain of nginx servers: as many mutual-TLS exchanges as an inquiry makes, with a body as large, and no work.

Every link asks for the caller's certificate, shows its own and keeps its connections, in TLS 1.3; the last one
answers with a file. One nginx with a worker for each core plays all links, which is less than our systems need.
"""

import os
import shutil
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

from bench.peers.certificates import Authority, tls_context
from bench.peers.settings import TlsFiles

MISSING: Final = "nginx is not installed: no floor of HTTP (as root: scripts/setup.sh bench)"
INQUIRY_EXCHANGES: Final = 10
"""One inquiry alone: line to server; question to the core (2); notice (2); answer (3); report to the core (2)."""
_STARTS_WITHIN_S: Final = 10.0
_MAIN: Final = """
user root;
worker_processes auto;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
events {{ worker_connections 4096; }}
http {{
  access_log off;
  client_max_body_size 64m;
  client_body_buffer_size 8m;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  proxy_buffers 64 64k;
  proxy_buffer_size 64k;
  proxy_max_temp_file_size 0;
  keepalive_requests 100000000;
  keepalive_timeout 1h;
  tcp_nodelay on;
  ssl_protocols TLSv1.3;
  ssl_certificate {tls.certificate};
  ssl_certificate_key {tls.key};
  ssl_client_certificate {tls.authority};
  ssl_verify_client on;
  ssl_session_cache off;
  proxy_http_version 1.1;
  proxy_set_header Connection "";
  proxy_ssl_protocols TLSv1.3;
  proxy_ssl_certificate {tls.certificate};
  proxy_ssl_certificate_key {tls.key};
  proxy_ssl_trusted_certificate {tls.authority};
  proxy_ssl_verify on;
  proxy_ssl_name nginx;
{links}
}}
"""
_LINK: Final = """
  upstream next{port} {{ server 127.0.0.1:{next}; keepalive 512; }}
  server {{ listen 127.0.0.1:{port} ssl; location / {{ proxy_pass https://next{port}; }} }}
"""
# It compares names only, not addresses: `proxy_ssl_name` is the common name of the certificate.
# A static file answers GET alone; by the error page it answers POST as well.
_LAST: Final = """
  server {{
    listen 127.0.0.1:{port} ssl; root {folder}/www; error_page 405 =200 $uri; default_type application/json;
  }}
"""


@dataclass(frozen=True, slots=True)
class Chain:
    """Where the chain begins; POST to `path` with the files of `tls`. `pids` are nginx's."""

    base: str
    path: str
    tls: TlsFiles
    pids: tuple[int, ...]


def installed() -> str | None:
    return shutil.which("nginx", path=os.defpath + ":/usr/sbin:/usr/local/sbin")


@contextmanager
def chain(exchanges: int, reply_bytes: int) -> Iterator[Chain]:
    """Running, and stopped at the end."""
    program = installed()
    if program is None:
        raise FileNotFoundError(MISSING)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="renkei-nginx-")))
        authority = Authority(folder)
        tls, line = authority.issue("nginx"), authority.issue("line")
        ports = free_ports(exchanges)
        (folder / "www").mkdir()
        (folder / "www" / "reply.json").write_bytes(b"x" * reply_bytes)
        (folder / "nginx.conf").write_text(_configuration(folder, tls, ports))
        process = subprocess.Popen(
            [program, "-p", str(folder), "-e", str(folder / "error.log"), "-c", str(folder / "nginx.conf")],
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        stack.callback(_stop, process)
        _await(process, ports[0], line, folder / "error.log")
        yield Chain(f"https://127.0.0.1:{ports[0]}", "/reply.json", line, (process.pid,))


def _configuration(folder: Path, tls: TlsFiles, ports: Sequence[int]) -> str:
    links = [_LINK.format(port=port, next=after) for port, after in pairwise(ports)]
    links.append(_LAST.format(port=ports[-1], folder=folder))
    text = _MAIN.format(folder=folder, tls=tls, links="".join(links))
    return text if os.geteuid() == 0 else text.replace("user root;", "")


def free_ports(count: int) -> list[int]:
    """Ports that are free now: all held open together, then let go."""
    with ExitStack() as stack:
        held = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in held:
            one.bind(("127.0.0.1", 0))
        return [int(one.getsockname()[1]) for one in held]


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _await(process: "subprocess.Popen[bytes]", port: int, line: TlsFiles, errors: Path) -> None:
    context = tls_context(line, ssl.Purpose.SERVER_AUTH)
    until = time.monotonic() + _STARTS_WITHIN_S
    while time.monotonic() < until and process.poll() is None:
        try:
            with (
                socket.create_connection(("127.0.0.1", port), 1) as plain,
                context.wrap_socket(plain, server_hostname="127.0.0.1"),
            ):
                return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"nginx did not start: {errors.read_text() if errors.exists() else ''}")
