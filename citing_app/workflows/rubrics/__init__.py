"""Categories and their rubrics: assigned, induced, edited, and what none of them matches."""
