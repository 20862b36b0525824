"""CloudTrail: what is recorded of every call, when it is delivered and where, and what one may ask of it."""
