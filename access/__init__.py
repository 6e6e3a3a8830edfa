"""Who may see and do what. Accounts come later; until then one local officer on loopback."""
