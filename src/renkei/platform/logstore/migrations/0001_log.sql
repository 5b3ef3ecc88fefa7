-- The log: tiles of the Merkle tree, bundles of its entries, and signed checkpoints (C2SP tlog-tiles, tlog-checkpoint).

-- One row per tile, with all the hashes that it has so far (32 bytes each); a narrower tile is its prefix.
-- level: 0 = leaf hashes, then one for every eight levels of the tree; -1 = bundles of entries (length, entry).
CREATE TABLE log_tile (
    level INTEGER NOT NULL,
    number INTEGER NOT NULL,
    data BLOB NOT NULL,
    PRIMARY KEY (level, number)
);

-- The newest checkpoint, and the newest ones that witnesses have cosigned.
CREATE TABLE log_checkpoint (
    size INTEGER PRIMARY KEY,      -- leaves
    note TEXT NOT NULL,            -- signed note
    cosignatures INTEGER NOT NULL  -- how many witnesses have signed it
);
