"""Backups: sealed files with a manifest, taken while a system runs, put back whole or not at all (ADR 0018).

The store's own tools do the copying (SQLite's online backup; for PostgreSQL its own programs, with `seal_file` and
`open_file` for what they write). Keys never lie beside the data.
"""
