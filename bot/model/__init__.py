"""What the product speaks about: frozen data, the standard library only."""
