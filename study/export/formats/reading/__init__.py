"""Code that goes into every export as it is, to read it in Python and in R."""
