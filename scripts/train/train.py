"""Trains the shipped model on the data of prepare.py: float first, then with fake quantization in the loop.

    python3 scripts/train/train.py --data .corpus --out out/kjv --spike-penalty 0.1

Writes model.safetensors (F16), config.json and metrics.json (held-out bits per byte after rounding to F16, float and
quantized; spikes per activation; the recipe; text it wrote). Needs PyTorch with a GPU, and safetensors.
"""

import argparse
import json
import math
import time
from pathlib import Path

import bpe
import numpy as np
import torch
import torch.nn.functional as F
from model import Config, Llama, additions_per_mac, describe
from safetensors.torch import save_file


def read_ids(path: Path) -> torch.Tensor:
    return torch.from_numpy(np.fromfile(path, dtype=np.uint16).astype(np.int64))


def windows(ids: torch.Tensor, context: int) -> list[torch.Tensor]:
    """Documents cut into windows of context - 1 predictions; the next window starts with the last token of this one."""
    starts = [*torch.nonzero(ids == 0).flatten().tolist(), len(ids)]
    result = []
    for begin, end in zip(starts, starts[1:]):
        position = begin
        while position < end - 1:
            result.append(ids[position : min(position + context, end)])
            position += context - 1
    return result


@torch.no_grad()
def evaluate(model: Llama, ids: torch.Tensor, size: int, quantized: bool) -> dict:
    """Mean NLL per token, bits per byte of a text of `size` bytes, and spikes per activation by operator."""
    was = model.quantized, model.training
    model.eval()
    model.quantized = quantized
    torch.set_float32_matmul_precision("highest")
    nll, count, weight = 0.0, 0, 0
    spikes: dict[str, float] = {}
    additions = 0.0
    pieces = sorted(windows(ids, model.config.context), key=len)
    for i in range(0, len(pieces), 64):
        by_length: dict[int, list[torch.Tensor]] = {}
        for piece in pieces[i : i + 64]:
            by_length.setdefault(len(piece), []).append(piece)
        for group in by_length.values():
            batch = torch.stack(group).cuda()
            logits, notes = model(batch[:, :-1])
            nll += F.cross_entropy(logits.flatten(0, 1), batch[:, 1:].flatten(), reduction="sum").item()
            tokens = batch[:, 1:].numel()
            count += tokens
            additions += additions_per_mac(notes)[1].item() * tokens
            for operator, _, _, _, hard in notes:
                key = operator.split(".")[-1]
                spikes[key] = spikes.get(key, 0.0) + hard.item() * tokens / (1 if key == "head" else model.config.layers)
    torch.set_float32_matmul_precision("high")
    model.quantized, training = was
    model.train(training)
    return {
        "tokens": count, "nllPerToken": nll / count, "perplexity": math.exp(nll / count),
        "bitsPerByte": nll / math.log(2) / size, "additionsPerMac": additions / count,
        "spikesPerActivation": {key: value / count for key, value in spikes.items()},
    }


@torch.no_grad()
def generate(model: Llama, prompt: list[int], length: int, quantized: bool, temperature: float) -> list[int]:
    """Greedy at temperature 0."""
    model.eval()
    model.quantized = quantized
    ids = list(prompt)
    generator = torch.Generator(device="cuda").manual_seed(1)
    while len(ids) < length:
        logits = model(torch.tensor([ids], device="cuda"))[0][0, -1]
        if temperature == 0:
            token = int(logits.argmax())
        else:
            token = int(torch.multinomial(F.softmax(logits / temperature, -1), 1, generator=generator))
        ids.append(token)
    return ids


def learning_rate(step: int, steps: int, peak: float) -> float:
    warm = min(1.0, (step + 1) / 200)
    return peak * warm * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * step / steps)))


def fit(model: Llama, arguments: argparse.Namespace, train: torch.Tensor, validation: torch.Tensor, size: int) -> list:
    matrices = [p for p in model.parameters() if p.ndim > 1]
    vectors = [p for p in model.parameters() if p.ndim == 1]
    groups = [{"params": matrices, "weight_decay": arguments.weight_decay}, {"params": vectors, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=arguments.lr, betas=(0.9, 0.95), fused=True)
    forward = torch.compile(model)
    generator = torch.Generator(device="cuda").manual_seed(arguments.seed)
    train = train.cuda()
    context = model.config.context
    offsets = torch.arange(context + 1, device="cuda")
    history = []
    began = time.time()
    for step in range(arguments.steps):
        model.quantized = not arguments.float and step >= arguments.float_share * arguments.steps
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(step, arguments.steps, arguments.lr)
        start = torch.randint(len(train) - context - 1, (arguments.batch, 1), device="cuda", generator=generator)
        batch = train[start + offsets]
        logits, notes = forward(batch[:, :-1])
        loss = F.cross_entropy(logits.flatten(0, 1), batch[:, 1:].flatten())
        soft, hard = additions_per_mac(notes)
        (loss + arguments.spike_penalty * soft).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        if (step + 1) % arguments.report == 0 or step + 1 == arguments.steps:
            valid = evaluate(model, validation, size, not arguments.float)
            row = {
                "step": step + 1, "seconds": round(time.time() - began, 1), "trainNll": loss.item(),
                "trainAdditionsPerMac": hard.item(), "validationBitsPerByte": valid["bitsPerByte"],
                "validationAdditionsPerMac": valid["additionsPerMac"],
            }
            history.append(row)
            print(arguments.name, json.dumps(row), flush=True)
    return history


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path(".corpus"))
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--name", default="model")
    parser.add_argument("--steps", type=int, default=12000)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--lr", type=float, default=3e-3)
    parser.add_argument("--weight-decay", type=float, default=0.1)
    parser.add_argument("--dropout", type=float, default=0.05)
    parser.add_argument("--spike-penalty", type=float, default=0.0, help="weight of the soft additions per MAC")
    parser.add_argument("--float-share", type=float, default=0.15, help="share of the steps before quantization starts")
    parser.add_argument("--float", action="store_true", help="never quantize (for comparison)")
    parser.add_argument("--report", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    torch.manual_seed(arguments.seed)
    torch.set_float32_matmul_precision("high")

    model = Llama(Config(dropout=arguments.dropout)).cuda()
    sizes = {name: len((arguments.data / f"{name}.txt").read_text().replace(bpe.END_OF_TEXT, ""))
             for name in ("validation", "heldout")}
    ids = {name: read_ids(arguments.data / f"{name}.bin") for name in ("train", "validation", "heldout")}
    history = fit(model, arguments, ids["train"], ids["validation"], sizes["validation"])

    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(parameter.half().float())
    arguments.out.mkdir(parents=True, exist_ok=True)
    save_file(model.huggingface_tensors(), arguments.out / "model.safetensors", metadata={"format": "pt"})
    (arguments.out / "config.json").write_text(json.dumps(model.huggingface_config(), indent=2) + "\n")

    tokenizer = json.loads((arguments.data / "tokenizer.json").read_text())["model"]
    encoder = bpe.Encoder(list(tokenizer["vocab"]), [tuple(pair) for pair in tokenizer["merges"]])
    texts = {}
    for prompt in ("In the beginning", "And it came to pass", "Blessed are"):
        for temperature in (0.0, 0.7):
            written = generate(model, [0, *encoder.encode(prompt)], 120, not arguments.float, temperature)
            texts[f"{prompt} (temperature {temperature})"] = encoder.decode(written)
    recipe = {key: value for key, value in vars(arguments).items() if key not in ("data", "out", "report", "name")}
    metrics = {
        "parameters": sum(p.numel() for p in model.parameters()), "config": describe(model.config), "recipe": recipe,
        "validation": {str(q): evaluate(model, ids["validation"], sizes["validation"], q) for q in (False, True)},
        "heldout": {str(q): evaluate(model, ids["heldout"], sizes["heldout"], q) for q in (False, True)},
        "history": history, "texts": texts,
    }
    (arguments.out / "metrics.json").write_text(json.dumps(metrics, indent=1) + "\n")
    print(arguments.name, json.dumps(metrics["validation"]), json.dumps(texts, indent=1), flush=True)


if __name__ == "__main__":
    main()
