"""The tables of the three stores, and the statements on them; SQLAlchemy keeps each statement's compiled text."""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Column,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    bindparam,
    insert,
    select,
    update,
)

# --- the inquirer's server
INQUIRER_TABLES: Final = MetaData()
PERSON: Final = Table(
    "person",
    INQUIRER_TABLES,
    Column("addressee", String, primary_key=True),
    Column("code", LargeBinary, nullable=False),
)
INQUIRY: Final = Table(
    "inquiry",
    INQUIRER_TABLES,
    Column("inquiry", String, primary_key=True),
    Column("request", String, nullable=False),
    Column("addressee", String, nullable=False),
    Column("provider", String, nullable=False),
    Column("item", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("items", Text, nullable=False),
    Column("unit", String, nullable=False),
    Column("asked_at_ms", BigInteger, nullable=False),
    Column("state", String, nullable=False),
    Column("permit", Text),
    Column("content", Text),
    Column("received_at_ms", BigInteger),
    UniqueConstraint("request"),
)
CODE_OF: Final = select(PERSON.c.code).where(PERSON.c.addressee == bindparam("addressee"))
ASK: Final = insert(INQUIRY)
RECEIVE: Final = (
    update(INQUIRY)
    .where(INQUIRY.c.inquiry == bindparam("key"))
    .values({name: bindparam(name) for name in ("state", "permit", "content", "received_at_ms")})
)

# --- the core
CORE_TABLES: Final = MetaData()
ISSUED: Final = Table(
    "issued",
    CORE_TABLES,
    Column("link", LargeBinary, primary_key=True),
    Column("body", String, primary_key=True),
)
RECORD: Final = Table(
    "record",
    CORE_TABLES,
    Column("inquiry", String, primary_key=True),
    Column("record_code", LargeBinary, nullable=False, index=True),
    Column("inquirer", String, nullable=False),
    Column("provider", String, nullable=False),
    Column("item", String, nullable=False),
    Column("article", String),
    Column("kind", String, nullable=False),
    Column("items", Text, nullable=False),
    Column("unit", String, nullable=False),
    Column("permitted_at_ms", BigInteger, nullable=False),
    Column("permit", Text, nullable=False),
    Column("outcome", String),
    Column("provided_at_ms", BigInteger),
)
HOLDERS: Final = select(ISSUED.c.body).where(
    ISSUED.c.link == bindparam("link"), ISSUED.c.body.in_([bindparam("inquirer"), bindparam("provider")])
)
PERMIT: Final = insert(RECORD)
PROVIDED: Final = (
    update(RECORD)
    .where(RECORD.c.inquiry == bindparam("key"))
    .values(outcome=bindparam("outcome"), provided_at_ms=bindparam("provided_at_ms"))
)

# --- the provider's server
PROVIDER_TABLES: Final = MetaData()
REPLICA: Final = Table(
    "replica",
    PROVIDER_TABLES,
    Column("code", LargeBinary, primary_key=True),
    Column("kind", String, primary_key=True),
    Column("content", Text, nullable=False),
)
PROVISION: Final = Table(
    "provision",
    PROVIDER_TABLES,
    Column("inquiry", String, primary_key=True),
    Column("inquirer", String, nullable=False),
    Column("item", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("items", Text, nullable=False),
    Column("code", LargeBinary, nullable=False),
    Column("permit", Text, nullable=False),
    Column("outcome", String, nullable=False),
    Column("provided_at_ms", BigInteger, nullable=False),
)
REPLICA_OF: Final = select(REPLICA.c.content).where(
    REPLICA.c.code == bindparam("code"), REPLICA.c.kind == bindparam("kind")
)
PROVIDE: Final = insert(PROVISION)
