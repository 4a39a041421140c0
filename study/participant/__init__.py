"""Pages and JSON for participants."""
