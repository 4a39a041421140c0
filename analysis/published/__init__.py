"""Published studies whose data are open: where they lie, under which licence, and how to read them."""
