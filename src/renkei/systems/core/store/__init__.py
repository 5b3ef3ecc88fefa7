"""The core's ports in SQL: two files, an outbox and the log in one store and one transaction (法21条の2・23条)."""
