"""The method itself, in pure Python: read it beside the paper (arXiv 2310.02527)."""
