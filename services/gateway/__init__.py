"""The public API: accounts and orders."""
