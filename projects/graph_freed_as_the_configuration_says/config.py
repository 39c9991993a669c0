KEEP = False
LR = 0.1
ROUNDS = 2
