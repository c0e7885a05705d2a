"""Records the spikes of a PyTorch model for `spikeloom run --spikes FILE`: needs torch and safetensors, nothing else.

    from spikeloom_capture import SpikeCapture

    with SpikeCapture(model, encoder="absmax", activation_bits=4) as capture:
        model(input_ids)                       # one sequence, [1, tokens], one pass
    capture.save("spikes.safetensors", input_ids[0], model_name="my-model")

Hooks stand on the inputs of a model's linear layers. Their names are looked up by ending, so any Transformers-like model
does: q_proj, k_proj, v_proj or qkv_proj are the operator `qkv`, o_proj is `o`, gate_proj, up_proj or gate_up_proj are `gateUp`,
down_proj is `down`, lm_head is `head`; the layer is the last number in the name before it.

The encoder turns the activations of a token into integer counts q with |q| <= L, L = 2^(bits - 1) - 1:

    absmax      scale = max|x| / L over the token's channels               (symmetric, what spikeloom computes)
    quantile    scale = quantile(|x|, q) / L, larger values clipped        (option quantile, default 0.999)
    mean        scale = k mean|x| / L, larger values clipped               (option k, default 4)

and `rotation=True` turns the channels by a normalised Hadamard matrix first (their number must be a power of two times an odd
number below 64; blocks of that power of two are turned). Scales, their reciprocals and products are rounded to 32-bit floats, counts
half away from zero, as in spikeloom. With `apply=True` the layers go on with what their spikes say, q times the scale, as on a
chip; without, the model stays as it is and is only looked at.
"""
import argparse
import re

import torch
from safetensors.torch import save_file

FORMAT = "spikeloom-spikes-1"
OPERATORS = {
    "q_proj": "qkv", "k_proj": "qkv", "v_proj": "qkv", "qkv_proj": "qkv", "o_proj": "o",
    "gate_proj": "gateUp", "up_proj": "gateUp", "gate_up_proj": "gateUp", "down_proj": "down", "lm_head": "head",
}


def tensor_name(module_name):
    """`model.layers.3.self_attn.q_proj` is `qkv.3`; None for a layer that is not recorded."""
    operator = OPERATORS.get(module_name.rsplit(".", 1)[-1])
    if operator is None:
        return None
    if operator == "head":
        return "head"
    numbers = re.findall(r"\.(\d+)\.", f".{module_name}.")
    return f"{operator}.{numbers[-1]}" if numbers else None


def hadamard(x):
    """Turns the last dimension by a normalised Hadamard matrix, in blocks of its largest power of two."""
    size = x.shape[-1]
    block = size & -size
    if size // block >= 64:
        raise ValueError(f"rotation: {size} channels are {size // block} blocks of {block}; at most 63 blocks")
    y = x.reshape(-1, block)
    width = 1
    while width < block:
        y = y.reshape(-1, block // (2 * width), 2, width)
        y = torch.stack((y[:, :, 0] + y[:, :, 1], y[:, :, 0] - y[:, :, 1]), dim=2)
        width *= 2
    return (y.reshape(-1, block) * block ** -0.5).reshape(x.shape)


def token_scale(x, limit, encoder, quantile, k):
    """The step of each token, [tokens, 1]."""
    magnitude = x.abs()
    if encoder == "absmax":
        largest = magnitude.amax(dim=-1, keepdim=True)
    elif encoder == "quantile":
        largest = torch.quantile(magnitude, quantile, dim=-1, keepdim=True)
    elif encoder == "mean":
        largest = k * magnitude.mean(dim=-1, keepdim=True)
    else:
        raise ValueError(f"encoder {encoder!r}: expected absmax, quantile or mean")
    return largest / limit


def encode(x, activation_bits=4, encoder="absmax", quantile=0.999, k=4.0, rotation=False):
    """Counts of activations [tokens, channels] as int8, and each token's scale [tokens, 1]; zeros fire nothing."""
    limit = 2 ** (activation_bits - 1) - 1
    x = x.detach().to(torch.float32)
    if not torch.isfinite(x).all():
        raise ValueError("activations that are not finite")
    if rotation:
        x = hadamard(x)
    scale = token_scale(x, limit, encoder, quantile, k)
    scale = torch.where(scale > 0, scale, torch.ones_like(scale))
    ratio = x.abs() * (1 / scale)
    counts = torch.floor(ratio.to(torch.float64) + 0.5).clamp(max=limit)
    return (torch.sign(x) * counts).to(torch.int8), scale


class SpikeCapture:
    """Records what enters a model's linear layers while it is active. One sequence; passes follow each other (a KV cache)."""

    def __init__(self, model, encoder="absmax", activation_bits=4, quantile=0.999, k=4.0, rotation=False, apply=False):
        if not 2 <= activation_bits <= 8:
            raise ValueError(f"activation_bits is {activation_bits}, expected 2 to 8")
        self.options = {"activation_bits": activation_bits, "encoder": encoder, "quantile": quantile, "k": k, "rotation": rotation}
        self.apply = apply
        self.model = model
        self.counts = {}
        self.handles = []

    def __enter__(self):
        seen = set()
        for name, module in self.model.named_modules():
            key = tensor_name(name)
            if key is None or not hasattr(module, "weight"):
                continue
            # q, k and v (gate and up) have one input: the first of them is recorded for all.
            self.handles.append(module.register_forward_pre_hook(self._hook(key, key not in seen)))
            seen.add(key)
        if not seen:
            raise ValueError("no linear layer with a known name: " + ", ".join(sorted(OPERATORS)))
        return self

    def __exit__(self, *_):
        for handle in self.handles:
            handle.remove()
        self.handles = []

    def _hook(self, key, records):
        def note(_, inputs):
            x = inputs[0]
            rows = x[0] if x.dim() == 3 else x
            if x.dim() == 3 and x.shape[0] != 1:
                raise ValueError(f"{key}: {x.shape[0]} sequences at once; give one")
            if not records and not self.apply:
                return None
            counts, scale = encode(rows, **self.options)
            if records:
                self.counts.setdefault(key, []).append(counts.cpu())
            if not self.apply:
                return None
            said = counts.to(torch.float32) * scale
            if self.options["rotation"]:
                said = hadamard(said)
            return (said.to(x.dtype).reshape(x.shape), *inputs[1:])
        return note

    def tensors(self):
        """Counts by name, [tokens, channels]."""
        return {key: torch.cat(parts).contiguous() for key, parts in self.counts.items()}

    def save(self, path, input_ids, model_name="", prompt_tokens=None):
        """Writes the counts of all tokens that went in. `prompt_tokens`: how many came in together; default all."""
        tensors = self.tensors()
        lengths = {key: len(counts) for key, counts in tensors.items()}
        if len(set(lengths.values())) != 1:
            raise ValueError(f"layers saw different numbers of tokens: {lengths}")
        length = next(iter(lengths.values()))
        tokens = torch.as_tensor(input_ids).reshape(-1).to(torch.int32).cpu()
        if len(tokens) not in (length, length + 1):
            raise ValueError(f"{len(tokens)} token ids for counts of {length} tokens")
        limit = 2 ** (self.options["activation_bits"] - 1) - 1
        metadata = {
            "format": FORMAT, "model": model_name, "limit": str(limit), "promptTokens": str(prompt_tokens or length),
            "activationBits": str(self.options["activation_bits"]), "encoder": self.options["encoder"], "source": "pytorch",
            "quantile": str(self.options["quantile"]), "k": str(self.options["k"]), "rotation": str(self.options["rotation"]), "apply": str(self.apply),
        }
        save_file({"tokens": tokens, **tensors}, path, metadata=metadata)

    def histograms(self):
        """The same as histograms, in the form of `spikeloom eval --json`, for runs that draw: json.dump them."""
        rows = []
        for key, counts in self.tensors().items():
            operator, _, layer = key.partition(".")
            limit = 2 ** (self.options["activation_bits"] - 1) - 1
            histogram = torch.bincount(counts.to(torch.int64).abs().reshape(-1), minlength=limit + 1).tolist()
            rows.append({"operator": operator, "layer": int(layer) if layer else -1, "histogram": histogram})
        return {"byOperator": rows}


def main():
    """Records a Transformers model on a text: `python spikeloom_capture.py MODEL TEXT_FILE OUT.safetensors`."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("model")
    parser.add_argument("text")
    parser.add_argument("out")
    parser.add_argument("--encoder", default="absmax", choices=["absmax", "quantile", "mean"])
    parser.add_argument("--activation-bits", type=int, default=4)
    parser.add_argument("--quantile", type=float, default=0.999)
    parser.add_argument("--k", type=float, default=4.0)
    parser.add_argument("--rotation", action="store_true")
    parser.add_argument("--apply", action="store_true", help="layers go on with what their spikes say")
    parser.add_argument("--tokens", type=int, default=64)
    arguments = parser.parse_args()
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(arguments.model)
    model = AutoModelForCausalLM.from_pretrained(arguments.model).eval()
    with open(arguments.text, encoding="utf-8") as file:
        ids = tokenizer(file.read(), return_tensors="pt").input_ids[:, : arguments.tokens].to(model.device)
    capture = SpikeCapture(
        model, encoder=arguments.encoder, activation_bits=arguments.activation_bits, quantile=arguments.quantile,
        k=arguments.k, rotation=arguments.rotation, apply=arguments.apply,
    )
    with torch.no_grad(), capture:
        model(ids)
    capture.save(arguments.out, ids[0], model_name=arguments.model)


if __name__ == "__main__":
    main()
