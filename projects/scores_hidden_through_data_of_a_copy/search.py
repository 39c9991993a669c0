def forbid(scores, songs, value=-1e9):
    scores.data.scatter_(1, songs, value)
    return scores


def best(scores, heard):
    return forbid(scores.exp().detach(), heard, 0.0).argmax(1)
