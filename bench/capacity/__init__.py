"""From measured costs to a nation: cores, storage, partitions, the log's growth (docs/operate/capacity.md)."""
