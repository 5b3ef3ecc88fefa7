"""Floor 4: one room per official system. Rooms never import each other; they meet in messages."""
