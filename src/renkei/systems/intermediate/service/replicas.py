"""副本の登録・削除: a body's line systems keep what the network may ask for up to date."""

from renkei.messages.fields import Period
from renkei.messages.line import Changed, Replica, ReplicaKeys, Replicas
from renkei.systems.intermediate.ports import Rows
from renkei.systems.intermediate.rules.presented import check_replica
from renkei.systems.intermediate.service.cabinet import REPLICA, Cabinet
from renkei.systems.intermediate.service.office import Office
from renkei.terms.affairs import InformationKind
from renkei.terms.bodies import AddresseeNumber, BodyId


async def put(office: Office, body: BodyId, message: Replicas) -> Changed:
    """Register or replace, all of the message or nothing; a repeat changes nothing, so a load may begin again."""
    cabinet, now = office.cabinet(body), office.now()
    for place, replica in enumerate(message.replicas):
        check_replica(replica, place)
    replicas = list(message.replicas)
    tags = list(zip(cabinet.replicas(replicas), cabinet.replica_contents(replicas), strict=True))

    def commit(rows: Rows) -> int:
        changed = 0
        for replica, (key, content) in zip(replicas, tags, strict=True):
            if rows.replica_content(body, key) == content:
                continue
            rows.put_replica(body, (key, content), cabinet.seal(REPLICA, key, replica), now)
            changed += 1
        return changed

    return Changed(changed=await office.store.write("replicas-put", commit))


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
