"""A LLaMA in PyTorch with fake quantization, as docs/architecture.md ('The arithmetic') defines it.

Weights: symmetric per output channel, absmax; activations of every linear layer: symmetric per token, absmax. The
gradient passes the rounding unchanged (straight-through). Queries, keys, values and attention weights, 8-bit in the
machine, stay float here.
"""

import math
from dataclasses import asdict, dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn


@dataclass
class Config:
    dim: int = 128
    hidden_dim: int = 352
    layers: int = 6
    heads: int = 4
    kv_heads: int = 2
    vocabulary: int = 1024
    context: int = 256
    norm_eps: float = 1e-5
    rope_base: float = 10000.0
    dropout: float = 0.0
    weight_bits: int = 4
    activation_bits: int = 4
    embedding_bits: int = 8

    @property
    def head_dim(self) -> int:
        return self.dim // self.heads


def limit(bits: int) -> int:
    return 2 ** (bits - 1) - 1


def round_half_away(x: Tensor) -> Tensor:
    return torch.sign(x) * torch.floor(x.abs() + 0.5)


def fake_quantize(x: Tensor, bits: int, axis: int) -> Tensor:
    """`x` at the values its integers stand for, one absmax scale along `axis`; straight-through gradient."""
    scale = x.detach().abs().amax(dim=axis, keepdim=True) / limit(bits)
    scale = torch.where(scale == 0, torch.ones_like(scale), scale)
    return x + (round_half_away(x.detach() / scale).clamp(-limit(bits), limit(bits)) * scale - x.detach())


def rotate(x: Tensor, cosine: Tensor, sine: Tensor) -> Tensor:
    """Rotary embedding, Hugging Face convention: pair (i, i + head_dim / 2)."""
    a, b = x.chunk(2, dim=-1)
    return torch.cat((a * cosine - b * sine, a * sine + b * cosine), dim=-1)


class Llama(nn.Module):
    """`spikes` collects, for each linear layer of the last forward pass, (operator, soft and hard spikes per activation)."""

    def __init__(self, config: Config):
        super().__init__()
        c = self.config = config
        kv_dim = c.kv_heads * c.head_dim
        self.shapes = {
            "attention_norm": (c.dim,), "q": (c.dim, c.dim), "k": (kv_dim, c.dim), "v": (kv_dim, c.dim),
            "o": (c.dim, c.dim), "ffn_norm": (c.dim,), "gate": (c.hidden_dim, c.dim), "up": (c.hidden_dim, c.dim),
            "down": (c.dim, c.hidden_dim),
        }
        self.embedding = nn.Parameter(torch.randn(c.vocabulary, c.dim) * 0.05)
        self.final_norm = nn.Parameter(torch.ones(c.dim))
        self.blocks = nn.ModuleList(
            nn.ParameterDict({name: self.initial(name, shape) for name, shape in self.shapes.items()})
            for _ in range(c.layers)
        )
        angle = torch.arange(c.context)[:, None] * c.rope_base ** (-torch.arange(0, c.head_dim, 2) / c.head_dim)
        self.register_buffer("cosine", torch.cos(angle.float()), persistent=False)
        self.register_buffer("sine", torch.sin(angle.float()), persistent=False)
        self.quantized = False

    def initial(self, name: str, shape: tuple[int, ...]) -> nn.Parameter:
        if len(shape) == 1:
            return nn.Parameter(torch.ones(shape))
        deviation = 1 / math.sqrt(shape[1])
        if name in ("o", "down"):
            deviation /= math.sqrt(2 * self.config.layers)
        return nn.Parameter(torch.randn(shape) * deviation)

    def norm(self, x: Tensor, gain: Tensor) -> Tensor:
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.config.norm_eps) * gain

    def linear(self, x: Tensor, weights: list[Tensor], operator: str, spikes: list) -> list[Tensor]:
        """Layers that share their input; notes the spikes per activation, weighted later by the outputs."""
        c = self.config
        maximum = x.abs().amax(dim=-1, keepdim=True).clamp(min=1e-12)
        soft = (x.abs() / maximum).mean() * limit(c.activation_bits)
        hard = torch.floor(x.detach().abs() / maximum.detach() * limit(c.activation_bits) + 0.5).mean()
        spikes.append((operator, x.shape[-1], sum(w.shape[0] for w in weights), soft, hard))
        if self.quantized:
            x = fake_quantize(x, c.activation_bits, -1)
            weights = [fake_quantize(w, c.weight_bits, 1) for w in weights]
        return [F.linear(x, w) for w in weights]

    def forward(self, tokens: Tensor) -> tuple[Tensor, list]:
        """Logits [batch, time, vocabulary] and the spike notes of every linear layer."""
        c = self.config
        batch, time = tokens.shape
        spikes: list = []
        table = fake_quantize(self.embedding, c.embedding_bits, 0) if self.quantized else self.embedding
        x = F.dropout(F.embedding(tokens, table), c.dropout, self.training)
        cosine, sine = self.cosine[:time], self.sine[:time]
        for n, block in enumerate(self.blocks):
            y = self.norm(x, block["attention_norm"])
            q, k, v = self.linear(y, [block["q"], block["k"], block["v"]], f"{n}.qkv", spikes)
            q = rotate(q.view(batch, time, c.heads, c.head_dim).transpose(1, 2), cosine, sine)
            k = rotate(k.view(batch, time, c.kv_heads, c.head_dim).transpose(1, 2), cosine, sine)
            v = v.view(batch, time, c.kv_heads, c.head_dim).transpose(1, 2)
            k, v = (t.repeat_interleave(c.heads // c.kv_heads, dim=1) for t in (k, v))
            y = F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).reshape(batch, time, c.dim)
            x = x + F.dropout(self.linear(y, [block["o"]], f"{n}.o", spikes)[0], c.dropout, self.training)
            y = self.norm(x, block["ffn_norm"])
            gate, up = self.linear(y, [block["gate"], block["up"]], f"{n}.gateUp", spikes)
            y = self.linear(F.silu(gate) * up, [block["down"]], f"{n}.down", spikes)[0]
            x = x + F.dropout(y, c.dropout, self.training)
        return self.linear(self.norm(x, self.final_norm), [self.embedding], "head", spikes)[0], spikes

    def huggingface_names(self) -> dict[str, nn.Parameter]:
        """The parameters under the names of a Hugging Face LLaMA checkpoint (tied embeddings)."""
        names = {
            "attention_norm": "input_layernorm", "q": "self_attn.q_proj", "k": "self_attn.k_proj",
            "v": "self_attn.v_proj", "o": "self_attn.o_proj", "ffn_norm": "post_attention_layernorm",
            "gate": "mlp.gate_proj", "up": "mlp.up_proj", "down": "mlp.down_proj",
        }
        parameters = {"model.embed_tokens.weight": self.embedding, "model.norm.weight": self.final_norm}
        for n, block in enumerate(self.blocks):
            for name, target in names.items():
                parameters[f"model.layers.{n}.{target}.weight"] = block[name]
        return parameters

    def huggingface_tensors(self) -> dict[str, Tensor]:
        """The weights in F16, to be stored."""
        return {name: p.detach().to("cpu", torch.float16).contiguous() for name, p in self.huggingface_names().items()}

    def huggingface_config(self) -> dict:
        c = self.config
        return {
            "architectures": ["LlamaForCausalLM"], "model_type": "llama", "torch_dtype": "float16",
            "vocab_size": c.vocabulary, "hidden_size": c.dim, "intermediate_size": c.hidden_dim,
            "num_hidden_layers": c.layers, "num_attention_heads": c.heads, "num_key_value_heads": c.kv_heads,
            "head_dim": c.head_dim, "max_position_embeddings": c.context, "rms_norm_eps": c.norm_eps,
            "rope_theta": c.rope_base, "hidden_act": "silu", "attention_bias": False, "mlp_bias": False,
            "tie_word_embeddings": True, "bos_token_id": 0, "eos_token_id": 0,
        }


def additions_per_mac(spikes: list) -> tuple[Tensor, Tensor]:
    """Soft (differentiable) and hard additions per multiply-accumulate of the dense layers they replace."""
    macs = sum(inputs * outputs for _, inputs, outputs, _, _ in spikes)
    soft = sum(inputs * outputs * s for _, inputs, outputs, s, _ in spikes) / macs
    hard = sum(inputs * outputs * h for _, inputs, outputs, _, h in spikes) / macs
    return soft, hard


def describe(config: Config) -> dict:
    return asdict(config)
