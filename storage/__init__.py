"""Engines, transactions, column types, migrations."""
