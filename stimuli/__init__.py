"""Prepare headshots for a study: check, align, pair, degrade."""
