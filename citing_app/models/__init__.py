"""What the app calls for text or vectors: student, teacher, embedder and the bundled weights."""
