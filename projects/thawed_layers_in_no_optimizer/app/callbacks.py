class Thaw:
    def __init__(self, part, at):
        self.part, self.at = part, at
        part.requires_grad_(False)

    def epoch_begins(self, epoch):
        if epoch == self.at:
            self.part.requires_grad_(True)
