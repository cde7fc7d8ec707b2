"""The processes that import torch: train, generate, embed, prepare. No duckdb, no gradio."""
