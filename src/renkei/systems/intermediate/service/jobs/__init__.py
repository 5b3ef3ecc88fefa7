"""Bulk jobs (一括処理): heads, rows on their way in, turns of work, results."""
