"""etc/supervision.toml is a configuration that supervision reads, key by key."""

from pathlib import Path

import pytest

from renkei.platform.config import load
from renkei.systems.supervision.wiring import Config
from renkei.terms.errors import RenkeiError
from renkei.translog.keys import KeyType, VerifierKey

SAMPLE = Path(__file__).parents[4] / "etc" / "supervision.toml"


def test_the_sample_names_every_setting_and_its_log_key_is_one() -> None:
    config = load(SAMPLE, Config)
    text = SAMPLE.read_text()
    for name in Config.__struct_fields__:
        assert f"{name} = " in text or f"[{name}]" in text, name
    key = VerifierKey.parse(config.core.log_key)
    assert (key.name, key.type) == (config.core.log_origin, KeyType.ED25519)


def test_a_setting_that_is_misspelt_is_refused_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "supervision.toml").write_text(SAMPLE.read_text().replace("interval_ms", "intervall_ms"))
    with pytest.raises(RenkeiError, match="intervall_ms"):
        load(tmp_path / "supervision.toml", Config)
