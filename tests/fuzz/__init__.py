"""Every codec and parser of the project as a target for fuzzing: any bytes give a value or a RenkeiError.

With hypothesis on every run (test_targets.py); guided by coverage with `scripts/fuzz.sh TARGET SECONDS`.
"""
