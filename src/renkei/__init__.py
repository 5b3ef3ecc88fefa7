"""Renkei (連携): information linkage under the Number Act (番号法, 平成25年法律第27号)."""
