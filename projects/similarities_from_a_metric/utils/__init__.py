from .metrics import cosine_matrix, top1
