-- As 0001_core.sql, with the two files in partitions (ADR 0013); how they are made ahead and dropped: docs/operate/stores.md.
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
) PARTITION BY HASH (person);
CREATE TABLE issued_00 PARTITION OF issued FOR VALUES WITH (MODULUS 16, REMAINDER 0);
CREATE TABLE issued_01 PARTITION OF issued FOR VALUES WITH (MODULUS 16, REMAINDER 1);
CREATE TABLE issued_02 PARTITION OF issued FOR VALUES WITH (MODULUS 16, REMAINDER 2);
CREATE TABLE issued_03 PARTITION OF issued FOR VALUES WITH (MODULUS 16, REMAINDER 3);
CREATE TABLE issued_04 PARTITION OF issued FOR VALUES WITH (MODULUS 16, REMAINDER 4);
CREATE TABLE issued_05 PARTITION OF issued FOR VALUES WITH (MODULUS 16, REMAINDER 5);
CREATE TABLE issued_06 PARTITION OF issued FOR VALUES WITH (MODULUS 16, REMAINDER 6);
CREATE TABLE issued_07 PARTITION OF issued FOR VALUES WITH (MODULUS 16, REMAINDER 7);
CREATE TABLE issued_08 PARTITION OF issued FOR VALUES WITH (MODULUS 16, REMAINDER 8);
CREATE TABLE issued_09 PARTITION OF issued FOR VALUES WITH (MODULUS 16, REMAINDER 9);
CREATE TABLE issued_10 PARTITION OF issued FOR VALUES WITH (MODULUS 16, REMAINDER 10);
CREATE TABLE issued_11 PARTITION OF issued FOR VALUES WITH (MODULUS 16, REMAINDER 11);
CREATE TABLE issued_12 PARTITION OF issued FOR VALUES WITH (MODULUS 16, REMAINDER 12);
CREATE TABLE issued_13 PARTITION OF issued FOR VALUES WITH (MODULUS 16, REMAINDER 13);
CREATE TABLE issued_14 PARTITION OF issued FOR VALUES WITH (MODULUS 16, REMAINDER 14);
CREATE TABLE issued_15 PARTITION OF issued FOR VALUES WITH (MODULUS 16, REMAINDER 15);

-- 情報提供等記録ファイル. sequence: index of the first leaf plus 1; person: 情報提供等記録用符号, absent if nobody was named.
CREATE TABLE record (
    sequence INTEGER NOT NULL PRIMARY KEY,
    inquiry TEXT NOT NULL, -- unique in record_key
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
) PARTITION BY RANGE (sequence);
-- About a month each at 300 million inquiries a year (two leaves an inquiry). The last one takes whatever comes after.
CREATE TABLE record_1 PARTITION OF record FOR VALUES FROM (1) TO (50000001);
CREATE TABLE record_50000001 PARTITION OF record FOR VALUES FROM (50000001) TO (100000001);
CREATE TABLE record_rest PARTITION OF record FOR VALUES FROM (100000001) TO (MAXVALUE);
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
