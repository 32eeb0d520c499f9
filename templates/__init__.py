"""Folders to begin from."""
