"""Floor 5: a whole network on one machine: authority, keys, bodies, synthetic residents, processes, scenario."""
