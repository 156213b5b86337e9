"""A model of a few thousand random weights in Hugging Face layout, and a recipe that a run carries out in a second."""

import json
import random
import struct
from pathlib import Path

WIDTH, FEED_FORWARD, LAYERS, HEADS, KV_HEADS, HEAD_SIZE = 16, 32, 2, 2, 1, 8
END, CHAT = "<|endoftext|>", ["<|im_start|>", "<|im_end|>"]
CHAT_TEMPLATE = (
    "{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}{{ '<|im_start|>system\\n"
    "You help.<|im_end|>\\n' }}{% endif %}{{'<|im_start|>' + message['role'] + '\\n' + message['content'] + "
    "'<|im_end|>' + '\\n'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)

RECIPE = Path(__file__).parent / "tiny.toml"  # with a checkpoint every 3 steps
CHECKPOINT_EVERY = 3


def byte_characters():
    """How byte-level tokenisers spell each byte: itself where it can be seen, else a character from U+0100 on."""
    seen = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = iter(range(256, 512))
    return [chr(byte) if byte in seen else chr(next(others)) for byte in range(256)]


def tensors(vocabulary):
    shapes = {"model.embed_tokens.weight": [vocabulary, WIDTH], "model.norm.weight": [WIDTH]}
    for layer in range(LAYERS):
        prefix = f"model.layers.{layer}."
        shapes |= {
            prefix + "input_layernorm.weight": [WIDTH],
            prefix + "post_attention_layernorm.weight": [WIDTH],
            prefix + "self_attn.q_proj.weight": [HEADS * HEAD_SIZE, WIDTH],
            prefix + "self_attn.k_proj.weight": [KV_HEADS * HEAD_SIZE, WIDTH],
            prefix + "self_attn.v_proj.weight": [KV_HEADS * HEAD_SIZE, WIDTH],
            prefix + "self_attn.o_proj.weight": [WIDTH, HEADS * HEAD_SIZE],
            prefix + "mlp.gate_proj.weight": [FEED_FORWARD, WIDTH],
            prefix + "mlp.up_proj.weight": [FEED_FORWARD, WIDTH],
            prefix + "mlp.down_proj.weight": [WIDTH, FEED_FORWARD],
        }
    return shapes


def write_weights(path, seed, vocabulary):
    chance = random.Random(seed)
    header, body = {}, b""
    for name, shape in tensors(vocabulary).items():
        count = shape[0] * (shape[1] if len(shape) > 1 else 1)
        values = [1.0 if len(shape) == 1 else chance.gauss(0, 0.2) for _ in range(count)]
        data = struct.pack(f"<{count}f", *values)
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [len(body), len(body) + len(data)]}
        body += data
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + body)


def write_model(folder, seed=1, context=512, chats=False):
    folder = Path(folder)
    folder.mkdir(parents=True)
    control = [END, *(CHAT if chats else [])]
    end, size = 256, 256 + len(control)
    config = {
        "architectures": ["LlamaForCausalLM"], "model_type": "llama", "vocab_size": size,
        "hidden_size": WIDTH, "intermediate_size": FEED_FORWARD, "num_hidden_layers": LAYERS,
        "num_attention_heads": HEADS, "num_key_value_heads": KV_HEADS, "head_dim": HEAD_SIZE,
        "max_position_embeddings": context, "rms_norm_eps": 1e-5, "hidden_act": "silu",
        "rope_theta": 10000.0, "tie_word_embeddings": True, "attention_bias": False, "mlp_bias": False,
        "bos_token_id": end, "eos_token_id": end,
    }  # fmt: skip
    (folder / "config.json").write_text(json.dumps(config))
    vocabulary = {character: byte for byte, character in enumerate(byte_characters())}
    tokenizer = {
        "version": "1.0", "truncation": None, "padding": None, "normalizer": None, "post_processor": None,
        "added_tokens": [{"id": end + i, "content": name, "special": True, "single_word": False, "lstrip": False,
                          "rstrip": False, "normalized": False} for i, name in enumerate(control)],
        "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True},
        "decoder": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True},
        "model": {"type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None,
                  "end_of_word_suffix": None, "fuse_unk": False, "byte_fallback": False, "ignore_merges": False,
                  "vocab": vocabulary | {name: end + i for i, name in enumerate(control)}, "merges": []},
    }  # fmt: skip
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer))
    (folder / "tokenizer_config.json").write_text(json.dumps({"eos_token": END}))
    if chats:
        (folder / "chat_template.jinja").write_text(CHAT_TEMPLATE)
    write_weights(folder / "model.safetensors", seed, size)


def write_recipe(path, model, compute="f32"):
    path.write_text(f'title = "tiny"\nmodel = "{model}"\ncompute = "{compute}"\n' + RECIPE.read_text())
