"""副本の登録・削除: a body's line systems keep what the network may ask for up to date."""

from collections.abc import Sequence

from renkei.messages.line import Changed, Replica, ReplicaKey, ReplicaKeys, Replicas
from renkei.systems.intermediate.ports import Rows
from renkei.systems.intermediate.rules.presented import check_replica
from renkei.systems.intermediate.service.cabinet import REPLICA, Cabinet
from renkei.systems.intermediate.service.office import Office
from renkei.terms.affairs import InstantMs
from renkei.terms.bodies import BodyId


async def put(office: Office, body: BodyId, message: Replicas) -> Changed:
    """Register or replace, all of the message or nothing; a repeat changes nothing, so a load may begin again."""
    cabinet, now = office.cabinet(body), office.now()
    for place, replica in enumerate(message.replicas):
        check_replica(replica, place)
    replicas = list(message.replicas)
    changed = await office.store.write("replicas-put", lambda rows: register(cabinet, rows, replicas, now))
    return Changed(changed=changed)


def register(cabinet: Cabinet, rows: Rows, replicas: list[Replica], now: InstantMs) -> int:
    """Register or replace those that differ from what is there; how many."""
    keys = cabinet.replicas(replicas)
    known, changed = rows.replica_contents(cabinet.body, keys), list[tuple[bytes, bytes, bytes]]()
    for replica, key, content in zip(replicas, keys, cabinet.replica_contents(replicas), strict=True):
        if known.get(key) == content:
            continue
        known[key] = content
        changed.append((key, content, cabinet.seal(REPLICA, key, replica)))
    rows.put_replicas(cabinet.body, changed, now)
    return len(changed)


async def delete(office: Office, body: BodyId, message: ReplicaKeys) -> Changed:
    """Delete; what is not there is no error."""
    tags = office.cabinet(body).replicas(list(message.replicas))

    def commit(rows: Rows) -> int:
        return sum(rows.drop_replica(body, tag) for tag in tags)

    return Changed(changed=await office.store.write("replicas-delete", commit))


def find(cabinet: Cabinet, rows: Rows, wanted: Sequence[ReplicaKey]) -> list[Replica | None]:
    """For each key the replica for just that period, else the one that is for no period in particular."""
    exact = cabinet.replicas(wanted)
    always = cabinet.replicas([ReplicaKey(addressee=each.addressee, kind=each.kind, period=None) for each in wanted])
    sealed = rows.replicas(cabinet.body, list(dict.fromkeys([*exact, *always])))
    tags = [first if first in sealed else second for first, second in zip(exact, always, strict=True)]
    return [cabinet.open(REPLICA, tag, sealed[tag], Replica) if tag in sealed else None for tag in tags]
