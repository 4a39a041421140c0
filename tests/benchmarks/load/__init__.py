"""Load: what a saved answer costs, how fast it is saved, and whether each is there exactly once."""
