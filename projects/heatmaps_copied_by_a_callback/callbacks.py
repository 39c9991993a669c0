class Callback:
    def on_forward_end(self, runner, heats):
        pass

    def on_step_end(self, runner, loss):
        pass


class PrintLoss(Callback):
    def on_step_end(self, runner, loss):
        print("step", runner.step_no, "loss", round(loss, 5))


class HeatmapDump(Callback):
    """Keeps a 0..255 picture of the last stage."""

    def __init__(self):
        self.frames = []

    def on_forward_end(self, runner, heats):
        pic = heats[-1].detach().cpu().numpy().copy()
        pic -= pic.min()
        pic *= 255.0 / (pic.max() + 1e-9)
        self.frames.append(pic[0].astype("uint8"))
