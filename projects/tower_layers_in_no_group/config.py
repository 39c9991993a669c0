USERS = 50
ITEMS = 90
DIM = 12
EPOCHS = 3
LR = {"embedding": 5e-2, "mlp": 5e-3}
WEIGHT_DECAY = 1e-5
