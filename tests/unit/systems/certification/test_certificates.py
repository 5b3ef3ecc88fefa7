"""What the authority's certificates and lists say, read back by parsers and verifiers that are not ours."""

import datetime as dt

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from renkei.platform.peers.identity import identity_uri
from renkei.systems.certification.rules import certificates, requests
from renkei.systems.certification.rules.certificates import Authority, Revoked
from renkei.systems.certification.rules.requests import Holder, Wanted
from renkei.terms.affairs import InstantMs
from renkei.terms.bodies import BodyId, Role, SystemName
from renkei.terms.errors import RenkeiError
from renkei.terms.problems import Problem

NOW = InstantMs(1_780_000_000_123)
DAY_MS = 86_400_000
CORE = Holder(Role.CORE, SystemName("core"))
WELFARE = Holder(Role.LINE, SystemName("welfare"), BodyId("141003-mayor"))


@pytest.fixture(scope="module")
def root() -> Authority:
    return certificates.make_root(requests.new_key(), certificates.serial_from(bytes(16)), NOW)


@pytest.fixture(scope="module")
def issuing(root: Authority) -> Authority:
    return certificates.make_issuing(root, requests.new_key(), certificates.serial_from(b"\1" * 16), NOW)


def wanted(holder: Holder = CORE, hosts: tuple[str, ...] = ("localhost", "127.0.0.1"), days: int = 30) -> Wanted:
    public = requests.new_key().public_key()
    return Wanted(holder, hosts, days, public, requests.digest_of(public))


def leaf(issuing: Authority, asked: Wanted) -> x509.Certificate:
    return certificates.make_leaf(issuing, asked, certificates.serial_from(b"\2" * 16), NOW)


def names(certificate: x509.Certificate) -> x509.SubjectAlternativeName:
    return certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value


def test_a_leaf_chains_to_the_root_through_the_issuing_authority(root: Authority, issuing: Authority) -> None:
    made = leaf(issuing, wanted())
    made.verify_directly_issued_by(issuing.certificate)
    issuing.certificate.verify_directly_issued_by(root.certificate)
    root.certificate.verify_directly_issued_by(root.certificate)


def test_an_independent_path_verifier_accepts_the_chain_while_it_holds(root: Authority, issuing: Authority) -> None:
    made = leaf(issuing, wanted())
    at = certificates.moment(NOW)
    verifier = PolicyBuilder().store(Store([root.certificate])).time(at).build_client_verifier()
    assert verifier.verify(made, [issuing.certificate]).chain[-1] == root.certificate
    late = PolicyBuilder().store(Store([root.certificate])).time(at + dt.timedelta(days=31)).build_client_verifier()
    with pytest.raises(VerificationError):
        late.verify(made, [issuing.certificate])


@pytest.mark.parametrize("holder", [CORE, WELFARE], ids=lambda holder: holder.uri)
def test_the_holder_is_named_as_every_door_reads_it(issuing: Authority, holder: Holder) -> None:
    made = leaf(issuing, wanted(holder))
    uris = names(made).get_values_for_type(x509.UniformResourceIdentifier)
    assert uris == [identity_uri(holder.role, holder.system, holder.body)]
    assert certificates.holder_of(made) == holder


def test_hosts_come_back_as_they_were_asked(issuing: Authority) -> None:
    hosts = ("localhost", "127.0.0.1", "core.renkei.example", "2001:db8::1")
    assert certificates.hosts_of(leaf(issuing, wanted(hosts=hosts))) == hosts


@pytest.mark.parametrize("role", Role)
def test_only_holders_with_doors_may_act_as_servers(issuing: Authority, role: Role) -> None:
    made = leaf(issuing, wanted(Holder(role, SystemName("one"))))
    usages = set(made.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)
    clients_only = {Role.LINE, Role.OPERATOR, Role.COMMISSION, Role.CARD}
    assert (ExtendedKeyUsageOID.SERVER_AUTH in usages) is (role not in clients_only)
    assert ExtendedKeyUsageOID.CLIENT_AUTH in usages


def test_the_issuing_authority_certifies_leaves_only_and_for_tls_only(issuing: Authority) -> None:
    extensions = issuing.certificate.extensions
    constraints = extensions.get_extension_for_class(x509.BasicConstraints)
    assert constraints.critical
    assert (constraints.value.ca, constraints.value.path_length) == (True, 0)
    usages = set(extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)
    assert usages == {ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH}


def test_a_leaf_certifies_nobody(issuing: Authority) -> None:
    extensions = leaf(issuing, wanted()).extensions
    assert not extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    usage = extensions.get_extension_for_class(x509.KeyUsage).value
    assert usage.digital_signature
    assert not usage.key_cert_sign
    assert not usage.crl_sign


def test_a_certificate_made_below_a_leaf_is_refused_by_an_independent_verifier(
    root: Authority, issuing: Authority
) -> None:
    key = requests.new_key()
    public = key.public_key()
    middle = leaf(issuing, Wanted(CORE, (), 30, public, requests.digest_of(public)))
    below = leaf(Authority(middle, key), wanted())
    at = certificates.moment(NOW)
    verifier = PolicyBuilder().store(Store([root.certificate])).time(at).build_client_verifier()
    with pytest.raises(VerificationError):
        verifier.verify(below, [middle, issuing.certificate])


def test_a_leaf_never_outlives_its_issuer(root: Authority, issuing: Authority) -> None:
    old_ms = InstantMs(NOW + (certificates.ISSUING_DAYS - 10) * DAY_MS)
    made = certificates.make_leaf(issuing, wanted(days=825), certificates.serial_from(bytes(16)), old_ms)
    assert made.not_valid_after_utc == issuing.certificate.not_valid_after_utc


def test_validity_begins_a_little_before_now_and_ends_after_the_days_asked(issuing: Authority) -> None:
    made = leaf(issuing, wanted(days=30))
    assert made.not_valid_before_utc == certificates.moment(NOW) - certificates.SKEW
    assert certificates.not_after_ms(made) == NOW // 1000 * 1000 + 30 * DAY_MS


@pytest.mark.parametrize("random", [bytes(16), b"\xff" * 16, bytes(range(16))])
def test_serials_are_positive_and_sixteen_bytes_long(random: bytes) -> None:
    serial = certificates.serial_from(random)
    assert serial.bit_length() == 127
    assert int(certificates.serial_text(serial), 16) == serial


def test_the_same_arguments_give_the_same_certificate(issuing: Authority) -> None:
    asked = wanted()
    assert leaf(issuing, asked) == leaf(issuing, asked)


def test_a_list_names_every_revoked_serial_and_its_own_number(issuing: Authority) -> None:
    revoked = [Revoked("ab", InstantMs(NOW - 5_000)), Revoked("cd01", NOW)]
    der = certificates.make_list(issuing, revoked, 7, NOW, DAY_MS)
    read = x509.load_der_x509_crl(der)
    key = issuing.certificate.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    assert read.is_signature_valid(key)
    assert sorted(one.serial_number for one in read) == [0xAB, 0xCD01]
    assert read.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number == 7
    assert read.last_update_utc == certificates.moment(NOW)
    assert read.next_update_utc == certificates.moment(NOW) + dt.timedelta(days=1)


def test_a_list_of_another_authority_does_not_hold(issuing: Authority, root: Authority) -> None:
    key = root.certificate.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    assert not x509.load_der_x509_crl(certificates.make_list(issuing, [], 1, NOW, 1)).is_signature_valid(key)


@pytest.mark.parametrize(
    "uri",
    ["renkei://core", "renkei://core/a/b/c", "https://core/core", "renkei://king/core", "renkei://core/A", ""],
)
def test_a_uri_that_names_nobody_of_ours_is_refused(uri: str) -> None:
    with pytest.raises((ValueError, RenkeiError)):
        requests.read_uri(uri)


def test_a_certificate_without_our_name_has_no_holder(root: Authority) -> None:
    with pytest.raises(RenkeiError) as caught:
        certificates.holder_of(root.certificate)
    assert caught.value.problem is Problem.WRONG_CERTIFICATE


def test_an_authority_does_not_print_its_key(issuing: Authority) -> None:
    assert "key" not in repr(issuing)
