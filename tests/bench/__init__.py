"""How fast and how lean, as ratios and bounded figures measured in one run."""
