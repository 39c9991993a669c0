def follow(leader, follower, share):
    for ahead, behind in zip(leader.parameters(), follower.parameters()):
        behind.data.copy_(behind.data * (1.0 - share) + ahead.data * share)
