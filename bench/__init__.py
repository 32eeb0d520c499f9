"""Benches: one file a question, all answers measured side by side in one run."""
