"""etc/core.toml is a configuration that the core reads, key by key."""

from pathlib import Path

import pytest

from renkei.platform.config import load
from renkei.systems.core.wiring import Config
from renkei.terms.errors import RenkeiError
from renkei.translog.keys import KeyType, VerifierKey

SAMPLE = Path(__file__).parents[4] / "etc" / "core.toml"


def test_the_sample_names_every_setting_and_its_witness_is_one() -> None:
    config = load(SAMPLE, Config)
    text = SAMPLE.read_text()
    for name in Config.__struct_fields__:
        assert f"{name} = " in text or f"[{name}]" in text, name
    assert VerifierKey.parse(config.witnesses[0]).type is KeyType.COSIGNATURE
    assert config.validity_ms == 7 * 86_400_000


def test_a_setting_that_is_misspelt_is_refused_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "core.toml").write_text(SAMPLE.read_text().replace("validity_ms", "validity"))
    with pytest.raises(RenkeiError, match="validity"):
        load(tmp_path / "core.toml", Config)
