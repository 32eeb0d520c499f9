"""What can be asked of the store, one question a file."""
