"""Floor 2: the append-only log as Merkle algebra (RFC 9162 §2.1, C2SP). It stores nothing and knows no clock."""
