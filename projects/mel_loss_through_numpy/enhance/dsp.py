import numpy as np
import torch


def mel_bank(n_mels, n_bins):
    centers = np.linspace(0, n_bins - 1, n_mels + 2)
    bins = np.arange(n_bins)
    left = (bins - centers[:-2, None]) / (centers[1:-1] - centers[:-2])[:, None]
    right = (centers[2:, None] - bins) / (centers[2:] - centers[1:-1])[:, None]
    return np.maximum(0, np.minimum(left, right)).astype("float32")


def magnitude(wav, n_fft):
    spec = torch.stft(wav, n_fft, n_fft // 4, window=torch.hann_window(n_fft), return_complex=True)
    return spec.abs()


def log_mel(wav, n_fft=64, n_mels=12):
    mag = magnitude(wav, n_fft).detach().numpy()  # expect: GRD128
    mel = np.einsum("mf,bft->bmt", mel_bank(n_mels, n_fft // 2 + 1), mag)
    return torch.from_numpy(np.log(mel + 1e-5))
