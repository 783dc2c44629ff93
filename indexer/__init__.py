"""What is built: extraction, passages, embeddings, shards and generations."""
