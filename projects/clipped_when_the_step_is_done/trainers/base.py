from torch.nn.utils import clip_grad_norm_


class Base:
    def __init__(self, net, optimizer, bound):
        self.net, self.optimizer, self.bound = net, optimizer, bound

    def train_batch(self, batch):
        loss = self.loss(batch)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        clip_grad_norm_(self.net.parameters(), self.bound)  # expect: GRD176
        return loss.item()
