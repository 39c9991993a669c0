def both(left, right, left_opt, right_opt, x):
    a, b = left(x).pow(2).mean(), (right(x) - 1).pow(2).mean()
    left_opt.zero_grad()
    a.backward()
    left_opt.step()
    right_opt.zero_grad()
    b.backward()
    right_opt.step()
    return a.item(), b.item()
