"""The core's official functions, one file each: load, decide, commit, and only then reply (design 4)."""
