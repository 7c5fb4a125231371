"""The neural extractor: candidates as numbers, where it sees fields, and what is made of that."""
