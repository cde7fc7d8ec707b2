"""How good one model's answers are beside another's, and how sure that is: from preferences to rates and ratings."""
