"""Real servers in a private directory, for the demo and the tests: PostgreSQL, Valkey, mail, AWS."""
