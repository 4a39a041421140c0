"""What in an export could identify somebody, and a copy of it in which less could."""
