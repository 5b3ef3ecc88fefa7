"""Floor 2: who may ask whom for what, on which day: 提供命令2条 as dated facts, and the decision over them."""
