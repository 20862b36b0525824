"""The ports on AWS, one file each."""
