from torch import optim

from followers import follow


class Coach:
    def __init__(self, player, judge, later_player, later_judge, rate=0.01, every=1):
        self.player = player
        self.judge = judge
        self.later_player = later_player
        self.later_judge = later_judge
        self.player_optimizer = optim.Adam(self.player.parameters(), lr=rate)
        self.judge_optimizer = optim.Adam(self.judge.parameters(), lr=rate)
        self.every = every
        self.turns = 0

    def learn(self, boards, outcomes):
        target = self.later_judge(self.later_player(boards)) + outcomes
        target = target.detach()
        judge_loss = (self.judge(boards) - target).square().mean()
        self.judge_optimizer.zero_grad()
        judge_loss.backward()
        self.judge_optimizer.step()

        if self.turns % self.every == 0:
            moves = self.player(boards)
            player_loss = -self.judge(moves.detach()).mean()  # expect: GRD125
            self.player_optimizer.zero_grad()
            player_loss.backward()
            self.player_optimizer.step()
            follow(self.player, self.later_player, 0.05)
            follow(self.judge, self.later_judge, 0.05)
        self.turns += 1
