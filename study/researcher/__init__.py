"""Pages for researchers: how a study goes, its data and its report."""
