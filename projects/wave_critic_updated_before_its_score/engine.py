import nets.critic as critics


def train_batch(gen, critic, opt_g, opt_c, z, wave):
    fake = gen(z)
    loss_c = critics.update(critic, opt_c, wave, fake)
    loss_g = -critic(fake).mean()
    opt_g.zero_grad()
    loss_g.backward()
    opt_g.step()
    return loss_g.item(), loss_c
