"""Pure decisions of the core: time, salts, the directory and the permission list are arguments."""
