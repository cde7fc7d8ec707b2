"""Several answers of a student to one instruction, and what each is worth: what RAFT learns from."""
