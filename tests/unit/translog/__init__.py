"""Unit tests of renkei.translog."""
