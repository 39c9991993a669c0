def distance(a, b):
    return (a - b).pow(2).sum(-1).mean()


def chase(hunter, prey, seen):
    near = distance(hunter.net(seen), prey.net(seen).detach())
    far = -distance(prey.net(seen), hunter.net(seen))
    return hunter.learn(near), prey.learn(far)
