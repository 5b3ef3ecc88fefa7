-- Names (origins) under which this store's log signs nothing any more: it came back from a backup, and what was signed
-- since then is not in it. size: leaves that it had then. Times are milliseconds since 1970 in UTC.
CREATE TABLE log_closed (
    origin TEXT NOT NULL PRIMARY KEY,
    size INTEGER NOT NULL,
    closed_at_ms INTEGER NOT NULL
);
