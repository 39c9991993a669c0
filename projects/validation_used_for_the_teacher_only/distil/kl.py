import torch.nn.functional as F


def divergence(student, teacher, temperature=2.0):
    p = (teacher / temperature).softmax(-1)
    log_q = (student / temperature).log_softmax(-1)
    return F.kl_div(log_q, p, reduction="batchmean") * temperature**2
