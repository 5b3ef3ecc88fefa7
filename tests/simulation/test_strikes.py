"""Each kind of fault does what it says, and is mended: one that did nothing would leave every seed sound."""

import pytest

from renkei.simulation.faults import KINDS
from tests.simulation.strikes import STRIKES
from tests.simulation.workshop import Workshop


@pytest.mark.parametrize("kind", KINDS)
def test_a_fault_is_noticed_while_it_lasts_and_not_after_it_was_mended(workshop: Workshop, kind: str) -> None:
    before, amid, after = workshop.strike(kind)
    assert amid != before
    assert (after == before) is STRIKES[kind].heals, (before, amid, after)
