"""What Renkei does per second, each figure beside its floor and a peer in the same run (docs/operate/benchmark.md)."""
