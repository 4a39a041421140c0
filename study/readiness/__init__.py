"""What has to be right before a study may be opened to participants: one small check for each matter."""
