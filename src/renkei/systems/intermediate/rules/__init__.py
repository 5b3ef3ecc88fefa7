"""Pure decisions of the intermediate server: time, salts, keys' results and the directory are arguments."""
