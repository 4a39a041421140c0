"""Analyse exported studies: exclusions, detection, trust, report."""
