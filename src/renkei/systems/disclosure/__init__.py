"""情報提供等記録開示システム: a citizen sees who asked whom for what about them, and can prove it (法23条, D1, G14)."""
