def train(net, batches, opt, metrics):
    for batch in batches:
        out = net(**batch)
        for metric in metrics:
            metric.update(out, batch["labels"])
        opt.zero_grad()
        out.loss.backward()
        opt.step()
        print(out.loss.item(), [m.value() for m in metrics])
