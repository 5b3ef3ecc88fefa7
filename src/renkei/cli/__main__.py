"""`python -m renkei.cli`: what the sandbox starts systems with."""

from renkei.cli.main import main

main()
