"""What the machine and the libraries can do at best for the same work."""
