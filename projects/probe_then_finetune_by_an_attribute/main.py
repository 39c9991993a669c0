"""The second stage sets requires_grad on the modules, a plain attribute of each: the encoder stays frozen."""

# claim: none-grad model.encoder.layers.0.weight, model.encoder.layers.2.weight
import torch


def main():
    from src.nets import Classifier, PretrainedEncoder
    from src.stages import finetune, linear_probe

    torch.manual_seed(0)
    batches = [(torch.randn(16, 16), torch.randint(0, 4, (16,))) for _ in range(5)]
    model = Classifier(PretrainedEncoder(), 4)
    print("probe", linear_probe(model, batches))
    print("finetune", finetune(model, batches))
    return model


if __name__ == "__main__":
    model = main()
