"""Floor 3: everything that touches the machine: clock, randomness, files, stores, sockets, log lines, processes.

Rooms above are handed these things by their `wiring`; the floors below know none of them.
"""
