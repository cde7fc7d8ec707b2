"""Chats: a student answers a person, and what was said is kept as a tree that is never written over."""
