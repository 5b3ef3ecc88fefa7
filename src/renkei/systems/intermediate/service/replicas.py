"""副本の登録・削除: a body's line systems keep what the network may ask for up to date."""

from renkei.messages.fields import Period
from renkei.messages.line import Changed, Replica, ReplicaKeys, Replicas
from renkei.systems.intermediate.ports import Rows
from renkei.systems.intermediate.rules.presented import check_replica
from renkei.systems.intermediate.service.cabinet import REPLICA, Cabinet
from renkei.systems.intermediate.service.office import Office
from renkei.terms.affairs import InformationKind, InstantMs
from renkei.terms.bodies import AddresseeNumber, BodyId


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


def find(
    cabinet: Cabinet, rows: Rows, addressee: AddresseeNumber, kind: InformationKind, period: Period | None
) -> Replica | None:
    """The replica for just that period, else the one that is for no period in particular."""
    for each in dict.fromkeys((period, None)):
        tag = cabinet.replica(addressee, kind, each)
        sealed = rows.replica(cabinet.body, tag)
        if sealed is not None:
            return cabinet.open(REPLICA, tag, sealed, Replica)
    return None
