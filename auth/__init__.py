"""The rules. They get values and not requests, refuse by raising, and never commit."""
