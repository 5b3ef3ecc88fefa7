"""インターフェイスシステム: relays sealed envelopes between connected bodies and the core, and keeps none of them."""
