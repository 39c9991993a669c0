import torch


def q(critic, seen, act):
    return critic(torch.cat([seen, act], -1)).squeeze(-1)


def rally(actor, critic, opts, seen, act, gain):
    actor_opt, critic_opt = opts
    critic_loss = (q(critic, seen, act) - gain).pow(2).mean()
    critic_loss.backward()
    critic_opt.step()
    critic_opt.zero_grad()
    actor_loss = -q(critic, seen, actor(seen).tanh()).mean()
    actor_loss.backward()
    critic.zero_grad()
    actor_opt.step()
    actor_opt.zero_grad()
    return critic_loss.item(), actor_loss.item()
