"""Floor 2: what may be done with keys. All algorithms are pyca/cryptography's; nothing here does I/O or makes luck."""
