"""Codes of persons (法21条の2, 令27条, 命令47条3項): one way to the link code, and back and forth between bodies."""

import pytest

from renkei.crypto.blocks import Permutation, split
from renkei.crypto.codes import Codes
from renkei.crypto.keystore import Entropy, KeyPurpose
from renkei.crypto.software import SoftwareKeyStore
from renkei.terms.bodies import BodyId
from renkei.terms.codes import BodyCode, LinkCode
from renkei.terms.errors import RenkeiError
from renkei.terms.numbers import ResidentCode

MAYOR = BodyId("141003-mayor")
BOARD = BodyId("141003-education")
RESIDENTS = [ResidentCode.parse(ResidentCode.complete(f"{i:010d}")) for i in range(300)]


def test_equal_persons_have_equal_link_codes_and_others_have_others(codes: Codes) -> None:
    links = codes.link(RESIDENTS)
    assert links == codes.link(RESIDENTS)
    assert codes.link(RESIDENTS[5:6]) == links[5:6]
    assert len({link.reveal() for link in links}) == len(RESIDENTS)


def test_link_codes_depend_on_the_key(codes: Codes) -> None:
    store = SoftwareKeyStore.create(lambda length: b"\x07" * length)
    store.make("link", KeyPurpose.LINK)
    assert Codes(store).link(RESIDENTS[:1]) != codes.link(RESIDENTS[:1])


def test_an_issued_code_opens_to_the_link_code(codes: Codes) -> None:
    links = codes.link(RESIDENTS)
    issued = codes.issue(links, MAYOR)
    assert {code.owner for code in issued} == {MAYOR}
    assert codes.open(issued, MAYOR) == links


def test_art_21_2_two_bodies_know_one_person_by_different_codes(codes: Codes) -> None:
    links = codes.link(RESIDENTS)
    mayor, board = codes.issue(links, MAYOR), codes.issue(links, BOARD)
    assert not {code.reveal() for code in mayor} & {code.reveal() for code in board}


def test_epochs_give_different_codes_and_one_list_may_mix_them(codes: Codes) -> None:
    links = codes.link(RESIDENTS[:6])
    first, second = codes.issue(links, MAYOR, 1), codes.issue(links, MAYOR, 2)
    assert not {code.reveal() for code in first} & {code.reveal() for code in second}
    mixed = [first[0], second[1], first[2], second[3], second[4], first[5]]
    assert codes.open(mixed, MAYOR) == links


def test_conversion_leads_to_the_code_that_the_other_body_was_issued(codes: Codes) -> None:
    links = codes.link(RESIDENTS)
    mayor, board = codes.issue(links, MAYOR), codes.issue(links, BOARD, 2)
    assert codes.convert(mayor, MAYOR, BOARD, 2) == board
    joined = codes.convert_joined(b"".join(code.reveal() for code in mayor), (MAYOR, 1), (BOARD, 2))
    assert split(joined) == [code.reveal() for code in board]


def test_a_code_of_another_body_opens_to_a_link_code_of_nobody(codes: Codes) -> None:
    links = codes.link(RESIDENTS)
    foreign = codes.open(codes.issue(links, BOARD), MAYOR)
    assert not {link.reveal() for link in foreign} & {link.reveal() for link in links}


def test_a_code_relabelled_as_ones_own_opens_to_a_link_code_of_nobody(codes: Codes) -> None:
    links = codes.link(RESIDENTS[:1])
    stolen = BodyCode(MAYOR, 1, codes.issue(links, BOARD)[0].reveal())
    assert codes.open([stolen], MAYOR) != links


def test_record_codes_and_tags_differ_from_all_else_and_stay(codes: Codes) -> None:
    links = codes.link(RESIDENTS)
    records, tags = codes.record(links), codes.tag(links)
    assert records == codes.record(links)
    assert tags == codes.tag(links)
    assert {len(tag) for tag in tags} == {32}
    seen = {link.reveal() for link in links} | {code.reveal() for code in codes.issue(links, MAYOR)}
    assert not seen & {record.reveal() for record in records}
    assert len(set(tags)) == len(links)


def test_empty_lists_stay_empty(codes: Codes) -> None:
    assert codes.link([]) == []
    assert codes.issue([], MAYOR) == []
    assert codes.open([], MAYOR) == []
    assert codes.record([]) == []
    assert codes.tag([]) == []


def test_a_code_survives_its_text_form_and_a_typing_error_is_refused(codes: Codes) -> None:
    code = codes.issue(codes.link(RESIDENTS[:1]), MAYOR)[0]
    text = code.text()
    assert BodyCode.parse(text, MAYOR) == code
    with pytest.raises(RenkeiError):
        BodyCode.parse(text, BOARD)


def test_nothing_of_codes_prints_keys_or_codes(codes: Codes) -> None:
    link = codes.link(RESIDENTS[:1])[0]
    codes.issue([link], MAYOR)
    assert repr(codes) == "<Codes of 1 bodies>"
    assert link.reveal().hex() not in repr(link)


def test_a_block_is_permuted_by_itself(entropy: Entropy) -> None:
    permutation = Permutation(entropy(32))
    blocks = [bytes([i]) * 16 for i in range(9)]
    together = permutation.do(b"".join(blocks))
    assert split(together) == [permutation.do(block) for block in blocks]
    assert permutation.undo(together) == b"".join(blocks)


def test_half_a_block_never_enters_a_cipher_that_is_kept(entropy: Entropy) -> None:
    with pytest.raises(AssertionError):
        Permutation(entropy(32)).do(b"x" * 17)


def test_a_link_code_has_sixteen_bytes() -> None:
    with pytest.raises(RenkeiError):
        LinkCode(b"x" * 15)
