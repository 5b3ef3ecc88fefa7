"""Unit tests of renkei.crypto."""
