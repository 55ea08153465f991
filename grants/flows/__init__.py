"""One verb a file; an interface makes one call."""
