"""A small network: two interface systems, their bodies, the core."""

from renkei.messages.directory import BodyEntry, Directory, SystemEntry
from renkei.terms.affairs import InstantMs
from renkei.terms.bodies import BodyId, BodyState, PiaState, Role, SystemName

A, B, D = BodyId("a-mayor"), BodyId("b-mayor"), BodyId("disclosure")


def body(name: BodyId, interface: str, system: str) -> BodyEntry:
    return BodyEntry(
        id=name,
        name_ja=name,
        name_en=name,
        code=None,
        categories=(),
        state=BodyState.CONNECTED,
        pia=PiaState.IN_ORDER,
        interface=SystemName(interface),
        system=SystemName(system),
        sign_key=bytes(32),
        seal_key=bytes(1216),
    )


SYSTEMS = {
    "core": Role.CORE,
    "interface-a": Role.INTERFACE,
    "interface-b": Role.INTERFACE,
    "interface-d": Role.INTERFACE,
    "intermediate-1": Role.INTERMEDIATE,
    "intermediate-2": Role.INTERMEDIATE,
    "disclosure": Role.DISCLOSURE,
}
DIRECTORY = Directory(
    number=3,
    made_at_ms=InstantMs(1),
    list_version="0" * 64,
    log_origin="log",
    log_key="",
    witness_keys=(),
    sign_key=bytes(32),
    seal_key=bytes(1216),
    systems=tuple(
        SystemEntry(name=SystemName(name), role=role, url=f"https://{name}:1") for name, role in SYSTEMS.items()
    ),
    bodies=(
        body(A, "interface-a", "intermediate-1"),
        body(BodyId("a-education"), "interface-a", "intermediate-1"),
        body(B, "interface-b", "intermediate-2"),
        body(D, "interface-d", "disclosure"),
        body(BodyId("lost"), "interface-gone", "intermediate-gone"),
        body(BodyId("halfway"), "interface-a", "intermediate-gone"),
    ),
)
