"""The people: accounts, and how often a password may be tried."""
