"""団体内統合宛名システム: the body's own register of who is who, one process per body; 個人番号 stops here."""
