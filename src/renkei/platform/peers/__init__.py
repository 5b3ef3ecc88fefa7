"""How systems meet: certificates as identities, doors, a client, problem documents, sending loops, the directory."""
