"""Students: which there are, what they are, downloaded, and chosen."""
