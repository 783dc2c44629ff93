"""What answers: retrieval, fusion, the HTTP API and the command line."""
