def fit(model, series, optimizer, rounds=3):
    for _ in range(rounds):
        level = model(series)
        loss = (level[:, :-1] - series[:, 1:]).pow(2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        print(loss.item())
