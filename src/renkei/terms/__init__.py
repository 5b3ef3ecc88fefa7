"""Floor 0: the Act's nouns as types. Nothing here knows a clock, a disk, a network or a random number."""
