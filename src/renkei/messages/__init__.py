"""Floor 1: what systems say to each other. One file per door; frozen types, strict codec, one version.

Every door takes a list; a single question is a list of one. Unknown fields, wrong types and other versions are refused.
"""
