"""For all tests: no example is judged by its time, since speed stands in the benchmarks and machines differ."""

from hypothesis import settings

settings.register_profile("renkei", deadline=None)
settings.load_profile("renkei")
