"""The whole network in one process, where a seed decides what time, network, disks and luck do (ADR 0017)."""
