"""Asking for a certificate: what a request must prove, and who may be named how."""

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from hypothesis import assume, given
from hypothesis import strategies as st

from renkei.messages.certification import CertificateRequest
from renkei.systems.certification.rules import requests
from renkei.systems.certification.rules.requests import Holder, Known, Wanted
from renkei.systems.certification.states import NEXT, CertificateEvent, CertificateState
from renkei.terms.affairs import InstantMs
from renkei.terms.bodies import BodyId, Role, SystemName
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

NOW = InstantMs(1_780_000_000_000)
BODY = BodyId("141003-mayor")
GOOD = requests.request()
Key = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey


def asked(pem: str = GOOD.request_pem, role: Role = Role.CORE, body: BodyId | None = None) -> CertificateRequest:
    return CertificateRequest(role=role, system=SystemName("one"), body=body, request_pem=pem)


def problem_of(request: CertificateRequest) -> tuple[Problem, str]:
    with pytest.raises(RenkeiError) as caught:
        requests.check(request, "$.requests[3]")
    return caught.value.problem, caught.value.detail


def pem_for(key: Key, algorithm: hashes.SHA256 | hashes.SHA384 | None) -> str:
    made = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).sign(key, algorithm)
    return made.public_bytes(Encoding.PEM).decode()


def test_a_request_carries_the_public_half_of_its_key_and_names_nobody() -> None:
    key = load_pem_private_key(GOOD.key_pem, None)
    made = x509.load_pem_x509_csr(GOOD.request_pem.encode())
    assert made.public_key() == key.public_key()
    assert list(made.subject) == []
    assert requests.check(asked(), "$").public_key == key.public_key()


def test_no_two_requests_share_a_key() -> None:
    assert requests.request().key_pem != requests.request().key_pem


def test_the_private_key_does_not_print() -> None:
    assert "PRIVATE" not in repr(GOOD)


def test_names_in_the_request_itself_count_for_nothing() -> None:
    key = requests.new_key()
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "core")])
    claims = x509.SubjectAlternativeName([x509.UniformResourceIdentifier("renkei://core/core")])
    made = x509.CertificateSigningRequestBuilder().subject_name(name).add_extension(claims, critical=False)
    pem = made.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM).decode()
    assert requests.check(asked(pem, Role.LINE, BODY), "$").holder == Holder(Role.LINE, SystemName("one"), BODY)


@pytest.mark.parametrize("role", Role)
def test_line_and_addressee_systems_act_for_one_body_and_nobody_else_does(role: Role) -> None:
    of_a_body = role in {Role.LINE, Role.ADDRESSEE}
    right, wrong = (BODY, None) if of_a_body else (None, BODY)
    assert requests.check(asked(role=role, body=right), "$").holder.body == right
    problem, detail = problem_of(asked(role=role, body=wrong))
    assert problem is Problem.WRONG_TYPE
    assert detail.startswith("$.requests[3].body")


def test_a_holder_without_doors_gets_no_hosts() -> None:
    assert requests.check(asked(role=Role.CARD), "$").hosts == ()
    assert requests.check(asked(role=Role.CORE), "$").hosts == ("localhost", "127.0.0.1")


@pytest.mark.parametrize(
    ("key", "algorithm"),
    [
        (ec.generate_private_key(ec.SECP384R1()), hashes.SHA256()),
        (ec.generate_private_key(ec.SECP256K1()), hashes.SHA256()),
        (ec.generate_private_key(ec.SECP256R1()), hashes.SHA384()),
        (rsa.generate_private_key(65537, 2048), hashes.SHA256()),
        (ed25519.Ed25519PrivateKey.generate(), None),
    ],
    ids=["P-384", "secp256k1", "SHA-384", "RSA", "Ed25519"],
)
def test_any_other_kind_of_key_or_signature_is_refused(key: Key, algorithm: hashes.SHA256 | None) -> None:
    problem, detail = problem_of(asked(pem_for(key, algorithm)))
    assert problem is Problem.WRONG_TYPE
    assert detail.startswith("$.requests[3].request_pem")


@pytest.mark.parametrize(
    "pem", ["", "no", "符号", GOOD.request_pem.replace("REQUEST", "THING"), GOOD.request_pem[:-80]]
)
def test_what_is_not_a_request_is_refused(pem: str) -> None:
    assert problem_of(asked(pem))[0] is Problem.WRONG_TYPE


@given(place=st.integers(min_value=0), bit=st.integers(0, 7))
def test_a_changed_bit_anywhere_in_the_request_is_refused(place: int, bit: int) -> None:
    request = x509.load_pem_x509_csr(GOOD.request_pem.encode())
    der = bytearray(request.public_bytes(Encoding.DER))
    place %= len(der)
    # X.690 §8.6.2.2: how many bits of the signature's last byte count. Where these are zero it says nothing.
    assume(place != len(der) - len(request.signature) - 1)
    der[place] ^= 1 << bit
    with pytest.raises(RenkeiError) as caught:
        requests.check(asked(_as_pem(bytes(der))), "$")
    assert caught.value.problem is Problem.WRONG_TYPE


def _as_pem(der: bytes) -> str:
    import base64

    body = base64.encodebytes(der).decode()
    return f"-----BEGIN CERTIFICATE REQUEST-----\n{body}-----END CERTIFICATE REQUEST-----\n"


def known(wanted: Wanted, **changed: object) -> Known:
    facts: dict[str, object] = {
        "holder": wanted.holder,
        "hosts": wanted.hosts,
        "days": wanted.days,
        "state": CertificateState.VALID,
        "not_after_ms": InstantMs(NOW + 1),
        "serial": "ab",
        "pem": "",
    }
    return Known(**(facts | changed))  # type: ignore[arg-type]  # one field at a time


WANTED = requests.check(asked(), "$")


def test_a_repeated_request_gets_the_certificate_that_it_got_before() -> None:
    before = known(WANTED)
    assert requests.earlier(WANTED, [before], NOW) is before


@pytest.mark.parametrize("changed", [{"days": 1}, {"hosts": ()}, {"not_after_ms": NOW}])
def test_other_wishes_for_the_same_holder_and_key_get_a_new_certificate(changed: dict[str, object]) -> None:
    assert requests.earlier(WANTED, [known(WANTED, **changed)], NOW) is None
    assert requests.earlier(WANTED, [], NOW) is None


def test_a_key_that_was_revoked_is_never_certified_again() -> None:
    with pytest.raises(RenkeiError) as caught:
        requests.earlier(WANTED, [known(WANTED), known(WANTED, state=CertificateState.REVOKED)], NOW)
    assert caught.value.problem is Problem.WRONG_STATE


def test_a_key_names_one_holder_only() -> None:
    other = Holder(Role.CORE, SystemName("two"))
    with pytest.raises(RenkeiError) as caught:
        requests.earlier(WANTED, [known(WANTED, holder=other)], NOW)
    assert caught.value.problem is Problem.REPEATED_OTHERWISE


def test_rfc_5280_3_3_revocation_is_for_good() -> None:
    assert set(NEXT) == set(CertificateState)
    for state in CertificateState:
        assert NEXT[state] == {CertificateEvent.REVOKE: CertificateState.REVOKED}
