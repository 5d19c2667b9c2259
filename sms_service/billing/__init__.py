"""Where histories of bills and payments come from."""
