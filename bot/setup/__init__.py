"""What is generated from the code: documents, the manifest, policies."""
