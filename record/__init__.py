"""The record everything leaves: audit entries, versions, notices."""
