"""The security audit: realistic secrets in at every entry, and a search of everything stored."""
