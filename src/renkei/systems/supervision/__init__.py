"""Supervision (監視・監督システム): witness of the core's log, and the commission's door to the core (design 5)."""
