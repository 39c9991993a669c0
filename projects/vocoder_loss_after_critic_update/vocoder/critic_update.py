def lsgan_d(real, fake):
    return (real - 1).pow(2).mean() + fake.pow(2).mean()


def update_critic(critic, opt, real, fake):
    """One least-squares step for the critic."""
    loss = lsgan_d(critic(real)[0], critic(fake.detach())[0])
    opt.zero_grad()
    loss.backward()
    opt.step()
    return loss.item()
