"""Certificates for everybody: keys are made where they will be used, the certification system signs the requests."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from renkei.messages.certification import CertificateRequest, CertificateRequests, IssuedCertificates
from renkei.platform.peers.client import Client, Target
from renkei.sandbox.layout import Folder
from renkei.sandbox.lines import parts
from renkei.systems.certification.rules.requests import request
from renkei.terms.bodies import BodyId, Role, SystemName


@dataclass(frozen=True, slots=True)
class Applicant:
    """Who wants a certificate, and the folder where it is to lie."""

    role: Role
    system: SystemName
    body: BodyId | None
    folder: Folder


async def enrol(client: Client, certification: Target, applicants: Sequence[Applicant]) -> None:
    """Make a key and a request for each, have them signed, and write key (0600) and chain."""
    for part in parts(applicants):
        wishes = []
        for applicant in part:
            applicant.folder.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            made = request()
            write_private(applicant.folder.key, made.key_pem)
            wishes.append(
                CertificateRequest(
                    role=applicant.role, system=applicant.system, body=applicant.body, request_pem=made.request_pem
                )
            )
        message = CertificateRequests(requests=tuple(wishes))
        issued = await client.send(certification, "/v1/certificates", message, IssuedCertificates)
        for applicant, certificate in zip(part, issued.certificates, strict=True):
            applicant.folder.certificate.write_text(certificate.chain_pem)


def write_private(path: Path, data: bytes | str) -> None:
    """Write a secret so that only its owner may read it, from the first byte on."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data if isinstance(data, bytes) else data.encode())
