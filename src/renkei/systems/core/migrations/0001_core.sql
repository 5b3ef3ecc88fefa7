-- The core's two files (G18), its outbox, its directory and what it counts. Times are milliseconds since 1970 in UTC.

-- 連携用符号発行管理ファイル. person: tag of the link code; resident: tag of 住民票コード, for collisions only.
CREATE TABLE person (
    person BLOB NOT NULL PRIMARY KEY,
    resident BLOB NOT NULL UNIQUE,
    sealed_link BLOB NOT NULL
);
CREATE TABLE issued (
    body TEXT NOT NULL,
    person BLOB NOT NULL,
    epoch INTEGER NOT NULL,
    issued_at_ms INTEGER NOT NULL,
    PRIMARY KEY (body, person)
);

-- 情報提供等記録ファイル. sequence: index of the first leaf plus 1; person: 情報提供等記録用符号, absent if nobody was named.
CREATE TABLE record (
    sequence INTEGER NOT NULL PRIMARY KEY,
    inquiry TEXT NOT NULL UNIQUE,
    inquirer TEXT NOT NULL,
    provider TEXT NOT NULL,
    state TEXT NOT NULL,
    content_tag BLOB NOT NULL,
    person BLOB,
    sealed_salt BLOB NOT NULL,
    record TEXT NOT NULL,
    marked INTEGER NOT NULL,
    outcome TEXT,
    outcome_index INTEGER
);
CREATE INDEX record_of_person ON record (person, sequence);

-- Outbox: a row is there until it is acknowledged. problem: why the provider would not take it, until it is tried again.
CREATE TABLE notice (
    provider TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    inquiry TEXT NOT NULL,
    sealed_code BLOB,
    problem TEXT,
    PRIMARY KEY (provider, sequence),
    UNIQUE (provider, inquiry)
);
-- sealed: 取得番号 and the code, deleted together (法21条の2第3項).
CREATE TABLE code_delivery (
    body TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    id TEXT NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (body, sequence),
    UNIQUE (body, id)
);

CREATE TABLE directory (
    number INTEGER NOT NULL PRIMARY KEY,
    text TEXT NOT NULL,
    signature BLOB NOT NULL
);

CREATE TABLE tally (
    tally TEXT NOT NULL,
    name TEXT NOT NULL,
    value INTEGER NOT NULL,
    PRIMARY KEY (tally, name)
);
CREATE TABLE misuse (
    body TEXT NOT NULL,
    reason TEXT NOT NULL,
    signs INTEGER NOT NULL,
    last_at_ms INTEGER NOT NULL,
    PRIMARY KEY (body, reason)
);
