"""The strict codec: each kind of problem, its place, and no value ever repeated."""

import pytest

from renkei.messages.acquisition import NumberRequest, NumberRequests
from renkei.messages.codec import VERSION, Message, decode, encode, encode_mapping
from renkei.messages.line import Addressees, Inquiries, Replicas
from renkei.messages.receipt import Receipt
from renkei.terms.codes import AcquisitionNumber, BodyCode, LinkCode, RecordCode
from renkei.terms.errors import RenkeiError
from renkei.terms.numbers import CorporateNumber, IndividualNumber
from renkei.terms.problems import Problem
from renkei.terms.secrets import Secret, SecretText
from tests.unit.messages.shapes import example, json_bytes, replaced

NUMBER, ACQUISITION = "123456789018", "0f" * 16
CANARY = "十二字の秘密の本文"


def refused(kind: type[Message], data: bytes | str) -> RenkeiError:
    with pytest.raises(RenkeiError) as caught:
        decode(kind, data)
    return caught.value


def number_requests(**other: object) -> bytes:
    request = {"acquisition": ACQUISITION, "number": NUMBER, **other}
    return json_bytes({"v": 1, "requests": [request, request]})


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b" ",
        b"{",
        b'{"v":1,}',
        b'{"v":1,"addressees":["1"]}x',
        b"\xef\xbb\xbf{}",
        b'{"v":1,"addressees":["\xff"]}',
        b'{"v":1,"addressees":["\\ud800"]}',
        b"{'v':1}",
        b'{"v":1,"addressees":[NaN]}',
        b"\x00",
        b"v=1&addressees=1",
        b"<xml/>",
        b'{"v":1,"x":' + b"[" * 100_000 + b"]" * 100_000 + b',"addressees":["1"]}',
        b'{"v":2,"x":' + b'{"x":' * 100_000 + b"1" + b"}" * 100_000 + b"}",
    ],
    ids=lambda data: repr(data[:30]),
)
def test_what_is_no_json_is_malformed(data: bytes) -> None:
    assert refused(Addressees, data).problem is Problem.MALFORMED


BROKEN_AND_OTHER = [b"[", b"[" * 100_000, b'"\xff"', b'{"v":1} {"v":1}', b'{"v":1,"addressees":[[[[[[[[[[[[']


@pytest.mark.parametrize(
    "data", [b"null", b"1", b'"x"', b"[]", b"true", b"{}", *BROKEN_AND_OTHER], ids=lambda d: repr(d[:30])
)
def test_what_is_json_but_not_the_message_is_of_the_wrong_type(data: bytes) -> None:
    assert refused(Addressees, data).problem is Problem.WRONG_TYPE


def test_a_text_is_read_like_its_bytes() -> None:
    assert decode(Addressees, '{"addressees":["1"]}') == decode(Addressees, b'{"addressees":["1"]}')


@pytest.mark.parametrize("wrong", ["123456789010", "１２３４５６７８９０１８", "", "24727059608", "12345678901８"])
def test_a_wrong_number_is_named_with_its_place_and_not_repeated(wrong: str) -> None:
    error = refused(NumberRequests, number_requests(number=wrong))
    assert (error.problem, error.detail) == (Problem.BAD_NUMBER, "$.requests[0].number")
    assert not wrong or wrong not in f"{error} {error!r}"


def test_a_wrong_acquisition_number_is_a_bad_code() -> None:
    error = refused(NumberRequests, number_requests(acquisition=NUMBER))
    assert (error.problem, error.detail) == (Problem.BAD_CODE, "$.requests[0].acquisition")


@pytest.mark.parametrize("other", [123456789018, None, True, [NUMBER], {"number": NUMBER}, 1.5])
def test_a_secret_is_a_text(other: object) -> None:
    error = refused(NumberRequests, number_requests(number=other))
    assert (error.problem, error.detail) == (Problem.WRONG_TYPE, "$.requests[0].number")


def test_an_unknown_field_is_named_by_its_place_only() -> None:
    error = refused(NumberRequests, number_requests(**{NUMBER: CANARY}))
    assert (error.problem, error.detail) == (Problem.UNKNOWN_FIELD, "$.requests[0]")
    assert NUMBER not in f"{error}{error!r}"


def test_no_refusal_repeats_a_value() -> None:
    value = example(Replicas)
    for place in [("replicas", 0, name) for name in ("addressee", "kind", "period", "items", "automatic")]:
        error = refused(Replicas, json_bytes(replaced(value, place, [CANARY])))
        assert CANARY not in f"{error} {error!r} {error.detail}"
    wrong_key = replaced(value, ("replicas", 0, "items"), {CANARY * 20: "x"})
    assert CANARY not in repr(refused(Replicas, json_bytes(wrong_key)))


def test_the_chain_of_causes_is_cut_because_it_holds_values() -> None:
    error = refused(NumberRequests, number_requests(number="123456789010"))
    assert error.__cause__ is None
    assert error.__suppress_context__


def test_the_version_is_looked_at_before_the_fields() -> None:
    assert refused(Addressees, b'{"v":2,"to":["1"]}').problem is Problem.WRONG_VERSION
    assert refused(Addressees, b'{"to":["1"],"v":2}').problem is Problem.WRONG_VERSION
    assert refused(Addressees, b'{"v":1,"to":["1"]}').problem is Problem.UNKNOWN_FIELD
    assert (
        refused(NumberRequests, number_requests(number="1").replace(b'"v":1', b'"v":7')).problem
        is not Problem.BAD_NUMBER
    )


def test_a_list_that_is_too_long_says_so() -> None:
    error = refused(Addressees, json_bytes({"v": 1, "addressees": ["1"] * 1_001}))
    assert (error.problem, error.detail) == (Problem.TOO_MANY, "$.addressees")


def test_an_empty_list_is_no_question() -> None:
    assert refused(Inquiries, b'{"v":1,"inquiries":[]}').problem is Problem.WRONG_TYPE


@pytest.mark.parametrize("salt", ["", "AA==", "!" * 44, "A" * 43, "A" * 44, "A" * 43 + "＝"])
def test_bytes_are_base64_of_their_exact_length(salt: str) -> None:
    value = {**example(Receipt), "salt": salt}
    assert refused(Receipt, json_bytes(value)).problem is Problem.WRONG_TYPE


def test_the_encoder_writes_what_the_type_says_in_its_order() -> None:
    message = NumberRequests(
        requests=(NumberRequest(acquisition=AcquisitionNumber(ACQUISITION), number=IndividualNumber(NUMBER)),)
    )
    expected = f'{{"requests":[{{"acquisition":"{ACQUISITION}","number":"{NUMBER}"}}],"v":{VERSION}}}'
    assert encode(message) == expected.encode()


def test_secrets_travel_in_messages_and_do_not_print_in_them() -> None:
    message = decode(NumberRequests, number_requests())
    assert NUMBER.encode() in encode(message)
    assert NUMBER not in f"{message} {message!r}"
    assert ACQUISITION not in repr(message)


@pytest.mark.parametrize(
    "value",
    [Secret("x"), CorporateNumber("7000012050002"), object(), {1, 2, 3}.__iter__()],
    ids=lambda value: type(value).__name__,
)
def test_what_belongs_to_no_message_is_not_written(value: object) -> None:
    with pytest.raises(TypeError):
        encode(value)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", [LinkCode, RecordCode])
def test_the_cores_own_codes_have_no_byte_form_in_messages(kind: type[LinkCode] | type[RecordCode]) -> None:
    assert not hasattr(kind, "text")
    assert not hasattr(kind, "parse")
    assert hasattr(BodyCode, "text")


def test_content_has_one_byte_form_whatever_its_order() -> None:
    one = encode_mapping({"b": SecretText("2"), "a": SecretText("一")})
    other = encode_mapping({"a": SecretText("一"), "b": SecretText("2")})
    assert one == other == '{"a":"一","b":"2"}'.encode()
