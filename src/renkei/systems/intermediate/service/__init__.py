"""One file per official function of the intermediate server; each request is load, decide, commit."""
