"""AWS on loopback: services of our own in front of moto."""
