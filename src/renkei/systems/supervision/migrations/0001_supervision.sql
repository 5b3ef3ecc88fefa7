-- One row: what the witness stands by. checkpoint: the cosigned note, public. Times are milliseconds since 1970 in UTC.
CREATE TABLE watch (
    origin TEXT NOT NULL PRIMARY KEY,
    state TEXT NOT NULL,
    size INTEGER NOT NULL,
    root BLOB NOT NULL,
    checkpoint TEXT NOT NULL,
    checked INTEGER NOT NULL,
    alert TEXT
);

-- Contradictions with what the core showed, kept as evidence for good.
CREATE TABLE contradiction (
    origin TEXT NOT NULL,
    raised_at_ms INTEGER NOT NULL,
    alert TEXT NOT NULL,
    seen TEXT NOT NULL,
    stood_by TEXT NOT NULL,
    settled_at_ms INTEGER,
    settled_note TEXT
);
CREATE INDEX contradiction_of ON contradiction (origin, raised_at_ms);
