"""The embeddings of the prompts are cached, and their tower is frozen: the cache has no graph."""

# claim: correct
import torch


def build():
    from encoders import ImageTower, TextTower
    from prompts import ClassPrompts

    image, text = ImageTower(), TextTower()
    prompts = ClassPrompts(text, torch.randint(0, 50, (6, 5)))
    text.requires_grad_(False)
    return image, prompts, torch.optim.AdamW(image.parameters(), lr=1e-3)


def main():
    torch.manual_seed(0)
    image, prompts, opt = build()
    for it in range(3):
        pix, y = torch.randn(10, 3, 16, 16), torch.randint(0, 6, (10,))
        sim = 10.0 * image(pix) @ prompts.embeddings().t()
        loss = torch.nn.functional.cross_entropy(sim, y)
        opt.zero_grad()
        loss.backward()
        opt.step()
        print(it, loss.item())
    return image


if __name__ == "__main__":
    image = main()
