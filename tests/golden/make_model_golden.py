#!/usr/bin/env python3
"""Golden data for tests/model and tests/generation, from transformers (torch, float32, CPU).

    python make_model_golden.py                  tiny random models of each family -> model/FAMILY/
    python make_model_golden.py --gguf FILE      the default model's scores and completions -> smollm2_scores.json

Needs torch, transformers, safetensors, tokenizers, gguf. Made with torch 2.15, transformers 5.23.
"""

import argparse
import json
import pathlib

import torch
import transformers
from safetensors.torch import save_file

HERE = pathlib.Path(__file__).parent
VOCABULARY = 97


def tiny_config(family):
    shape = dict(vocab_size=VOCABULARY, hidden_size=32, intermediate_size=48, num_attention_heads=4,
                 num_key_value_heads=2, max_position_embeddings=64, attn_implementation="eager",
                 bos_token_id=1, eos_token_id=2)
    if family == "llama":
        return transformers.LlamaConfig(num_hidden_layers=3, rms_norm_eps=1e-5, tie_word_embeddings=True,
                                        rope_parameters={"rope_type": "default", "rope_theta": 100000.0}, **shape)
    if family == "qwen2":
        return transformers.Qwen2Config(num_hidden_layers=2, rms_norm_eps=1e-6, tie_word_embeddings=False,
                                        rope_parameters={"rope_type": "default", "rope_theta": 10000.0}, **shape)
    return transformers.Qwen3Config(num_hidden_layers=2, rms_norm_eps=1e-6, tie_word_embeddings=True, head_dim=12,
                                    rope_parameters={"rope_type": "default", "rope_theta": 10000.0}, **shape)


def packed_batch():
    """Sequences of several lengths; the first places of some carry no loss, as a prompt's do."""
    generator = torch.Generator().manual_seed(7)
    batch = {"tokens": [], "offsets": [0], "targets": []}
    for length, prompt in [(9, 0), (1, 0), (24, 10), (2, 0), (13, 12), (17, 5)]:
        tokens = torch.randint(0, VOCABULARY, (length,), generator=generator).tolist()
        targets = tokens[1:] + [-1]
        targets[:prompt] = [-1] * min(prompt, length)
        batch["tokens"] += tokens
        batch["targets"] += targets
        batch["offsets"].append(len(batch["tokens"]))
    return batch


def log_probabilities(model, batch):
    """log p(target) at every place that has one, each sequence run by itself."""
    parts = []
    for begin, end in zip(batch["offsets"], batch["offsets"][1:]):
        tokens = torch.tensor(batch["tokens"][begin:end])
        targets = torch.tensor(batch["targets"][begin:end])
        logits = model(tokens[None]).logits[0]
        found = torch.log_softmax(logits, -1).gather(1, targets.clamp(min=0)[:, None])[:, 0]
        parts.append(torch.where(targets >= 0, found, torch.zeros_like(found)))
    return torch.cat(parts)


def make_tiny(family):
    folder = HERE / "model" / family
    torch.manual_seed(11)
    model = transformers.AutoModelForCausalLM.from_config(tiny_config(family)).float().eval()
    with torch.no_grad():  # far enough from the usual start that every gradient is well above rounding
        for name, parameter in model.named_parameters():
            if parameter.ndim == 2:
                parameter.normal_(0, 0.2)
            elif name.endswith("bias"):
                parameter.normal_(0, 0.1)
            else:
                parameter.uniform_(0.5, 1.5)
    model.save_pretrained(folder)

    batch = packed_batch()
    count = sum(target >= 0 for target in batch["targets"])
    found = log_probabilities(model, batch)
    (-found.sum() / count).backward()
    save_file({name: p.grad.contiguous() for name, p in model.named_parameters()}, folder / "gradients.safetensors")

    groups = [{"params": [p for p in model.parameters() if (p.ndim == 2) == decays],
               "weight_decay": 0.01 if decays else 0.0} for decays in (True, False)]
    optimizer = torch.optim.AdamW(groups, lr=1e-3, betas=(0.9, 0.95), eps=1e-8)
    losses = []
    for _ in range(10):
        optimizer.zero_grad()
        loss = -log_probabilities(model, batch).sum() / count
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    expected = {"batch": batch, "log_probabilities": found.tolist(), "losses": losses}
    (folder / "expected.json").write_text(json.dumps(expected) + "\n")
    (folder / "generation_config.json").unlink(missing_ok=True)
    print(family, "loss", losses[0], "->", losses[-1])


TEXTS = [
    "The capital of France is Paris, and the capital of Italy is Rome.",
    "def add(a, b):\n    return a + b\n\n\nprint(add(2, 3))\n",
    "Question: What is 17 + 25?\nAnswer: 17 + 25 = 42. The result is 42.",
    "x = 5 + 13 = 18; x = 18 * 5 = 90; return 90",
    "Once upon a time there was a small village at the edge of a dark forest.",
    "<html>\n  <body class=\"main\">Hello, world!</body>\n</html>",
    "SELECT name, COUNT(*) FROM orders WHERE total > 100 GROUP BY name;",
    "Die Katze sitzt auf der Matte und schaut aus dem Fenster.",
    "吾輩は猫である。名前はまだ無い。",
    "🙂 emoji, naïve café, and a tab\there",
    "for (int i = 0; i < n; ++i) sum += values[i];",
    "Water boils at 100 degrees Celsius at sea level.",
    "{\"name\": \"Gleeprag\", \"stock\": 12, \"price\": 4.5}",
    "if stock < 12:\n    return stock + 5\nif stock < 25:\n    return 10\nreturn stock * 2",
    "The mitochondrion is the powerhouse of the cell.",
    "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16",
    "To be, or not to be, that is the question:",
    "        deeply indented\n\n\n   and uneven\n",
    "E = mc^2 relates energy and mass; F = ma relates force, mass and acceleration.",
    "a",
]

PROMPTS = [
    "The capital of Japan is", "def factorial(n):\n", "Question: What is 6 * 7?\nAnswer:", "Once upon a time",
    "The three primary colours are", "import numpy as np\n\n", "In 1969, humans first", "My favourite recipe for bread:",
    "The opposite of hot is", "for i in range(10):\n", "A triangle has", "Water is made of", "The sun rises in the",
    "To install Python on Debian, run", "Dear Sir or Madam,\n", "The largest planet in the solar system is",
    "<|im_start|>user\nWhat is the capital of Spain?<|im_end|>\n<|im_start|>assistant\n",
    "<|im_start|>user\nWrite a haiku about rain.<|im_end|>\n<|im_start|>assistant\n",
    "<|im_start|>user\nList three fruits.<|im_end|>\n<|im_start|>assistant\n",
    "<|im_start|>user\nWhat is 2 + 3?<|im_end|>\n<|im_start|>assistant\n",
    "<|im_start|>user\nSay hello in French.<|im_end|>\n<|im_start|>assistant\n", "The alphabet begins with", "SELECT * FROM",
    "Seven days make", "Mount Everest is", "#include <stdio.h>\n", "To be, or not to be,", "The speed of light is",
]


def gguf_tokenizer(path):
    """SmolLM2's tokeniser, built from the file's own tokens and merges."""
    import gguf
    from tokenizers import AddedToken, Tokenizer, models, pre_tokenizers

    fields = gguf.GGUFReader(path).fields
    tokens = fields["tokenizer.ggml.tokens"].contents()
    kinds = fields["tokenizer.ggml.token_type"].contents()
    merges = [tuple(merge.split(" ")) for merge in fields["tokenizer.ggml.merges"].contents()]
    tokenizer = Tokenizer(models.BPE({token: i for i, token in enumerate(tokens)}, merges))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)])
    tokenizer.add_special_tokens([AddedToken(t, special=True, normalized=False) for t, k in zip(tokens, kinds) if k == 3])
    return tokenizer


@torch.no_grad()
def make_scores(path):
    path = pathlib.Path(path)
    tokenizer = gguf_tokenizer(path)
    model = transformers.AutoModelForCausalLM.from_pretrained(path.parent, gguf_file=path.name, dtype=torch.float32).eval()
    scores, completions = [], []
    for text in TEXTS:
        ids = tokenizer.encode(text).ids
        found = torch.log_softmax(model(torch.tensor([ids])).logits[0, :-1], -1)
        found = found.gather(1, torch.tensor(ids[1:])[:, None])[:, 0]
        scores.append({"text": text, "ids": ids, "logprobs": [round(x, 6) for x in found.tolist()]})
    for text in PROMPTS:
        ids = tokenizer.encode(text).ids
        completion, cache, least_margin, fed = [], None, float("inf"), ids
        for _ in range(40):
            found = model(torch.tensor([fed]), past_key_values=cache, use_cache=True)
            cache, top = found.past_key_values, found.logits[0, -1].topk(2)
            least_margin = min(least_margin, (top.values[0] - top.values[1]).item())
            fed = [top.indices[0].item()]
            completion += fed
        # A greedy choice this near a tie may fall the other way on another processor: take another prompt.
        if least_margin < 0.005:
            print(f"margin {least_margin:.6f}, left out: {text!r}")
        else:
            completions.append({"prompt": text, "ids": ids, "completion": completion})
    assert len(completions) >= 20
    completions = completions[:20]
    lines = [json.dumps(entry, ensure_ascii=False) for entry in scores]
    completion_lines = [json.dumps(entry, ensure_ascii=False) for entry in completions]
    (HERE / "smollm2_scores.json").write_text(
        '{"scores": [\n' + ",\n".join(lines) + '\n],\n"completions": [\n' + ",\n".join(completion_lines) + "\n]}\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gguf", help="SmolLM2-135M-Instruct.Q4_1.gguf")
    arguments = parser.parse_args()
    if arguments.gguf:
        make_scores(arguments.gguf)
    else:
        for name in ("llama", "qwen2", "qwen3"):
            make_tiny(name)
