"""What the disclosure system says to other systems, and the one door at which they speak to it."""
