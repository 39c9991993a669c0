"""The embeddings of the prompts are cached with their graph although the text tower is trained: the second iteration
goes backward through the graph that the first one freed, and raises.
"""

# claim: raises "backward through the graph a second time"
import torch


def build():
    from encoders import ImageTower, TextTower
    from prompts import ClassPrompts

    image, text = ImageTower(), TextTower()
    prompts = ClassPrompts(text, torch.randint(0, 50, (6, 5)))
    params = [*image.parameters(), *text.parameters()]
    return image, prompts, torch.optim.AdamW(params, lr=1e-3)


def main():
    torch.manual_seed(0)
    image, prompts, opt = build()
    for it in range(3):
        pix, y = torch.randn(10, 3, 16, 16), torch.randint(0, 6, (10,))
        sim = 10.0 * image(pix) @ prompts.embeddings().t()
        loss = torch.nn.functional.cross_entropy(sim, y)
        opt.zero_grad()
        loss.backward()  # expect: GRD152  # raises here
        opt.step()
        print(it, loss.item())


if __name__ == "__main__":
    main()
