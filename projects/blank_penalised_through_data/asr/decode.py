BLANK = 0


def collapse(ids):
    out, last = [], None
    for i in ids:
        if i != last and i != BLANK:
            out.append(i)
        last = i
    return out


def greedy(logp, blank_penalty=3.0):
    """Best path, with a handicap for the blank so that something comes out early in training."""
    lp = logp.data
    lp[..., BLANK] -= blank_penalty  # expect: GRD111
    return [collapse(seq) for seq in lp.argmax(-1).t().tolist()]


def edit_distance(a, b):
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        prev, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            prev, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, prev + (x != y))
    return row[-1]
