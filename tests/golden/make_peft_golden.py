#!/usr/bin/env python3
"""Golden data for tests/model/peft_test.cc, from PEFT: adapters of the tiny models of make_model_golden.py.

    python make_peft_golden.py             adapters, scores and completions -> model/FAMILY/peft/
    python make_peft_golden.py --check DIR  does PEFT load the adapter that pbb wrote to DIR/FAMILY as it was?

Needs torch, transformers, peft, safetensors. Made with torch 2.15, transformers 5.23, peft 0.21.
"""

import argparse
import json
import pathlib

import peft
import torch
import transformers
from safetensors.torch import load_file

from make_model_golden import HERE, VOCABULARY, log_probabilities, packed_batch

ALL = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
ADAPTERS = {
    "llama": dict(r=4, lora_alpha=8, target_modules=ALL),
    "qwen2": dict(r=3, lora_alpha=5, use_rslora=True, target_modules=["q_proj", "v_proj", "up_proj", "down_proj"]),
    "qwen3": dict(r=2, lora_alpha=4, target_modules=ALL),
}
NEW_TOKENS = 16


def prompts():
    generator = torch.Generator().manual_seed(5)
    return [torch.randint(0, VOCABULARY, (length,), generator=generator).tolist() for length in (1, 5, 12, 20)]


def complete(model, prompt):
    tokens = list(prompt)
    for _ in range(NEW_TOKENS):
        tokens.append(int(model(torch.tensor([tokens])).logits[0, -1].argmax()))
    return tokens[len(prompt):]


def base_model(family):
    return transformers.AutoModelForCausalLM.from_pretrained(HERE / "model" / family, dtype=torch.float32,
                                                             attn_implementation="eager").eval()


def make(family):
    torch.manual_seed(13)
    model = peft.get_peft_model(base_model(family), peft.LoraConfig(task_type="CAUSAL_LM", **ADAPTERS[family])).eval()
    model.peft_config["default"].base_model_name_or_path = f"tiny {family}"  # no path of this machine
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "lora_" in name:
                parameter.normal_(0, 0.15)
    folder = HERE / "model" / family / "peft"
    model.save_pretrained(folder)
    (folder / "README.md").unlink(missing_ok=True)
    with torch.no_grad():
        expected = {"log_probabilities": log_probabilities(model, packed_batch()).tolist(), "prompts": prompts(),
                    "completions": [complete(model, prompt) for prompt in prompts()]}
    (folder / "expected.json").write_text(json.dumps(expected) + "\n")
    plain = base_model(family)
    same = sum(complete(plain, p) == c for p, c in zip(expected["prompts"], expected["completions"]))
    print(family, len(expected["completions"]), "completions,", same, "as without the adapter")


def check(family, folder):
    model = peft.PeftModel.from_pretrained(base_model(family), folder).eval()
    wanted = load_file(HERE / "model" / family / "peft" / "adapter_model.safetensors")
    found = load_file(folder / "adapter_model.safetensors")
    assert wanted.keys() == found.keys()
    for name, values in wanted.items():
        assert torch.equal(values, found[name].float()), name
    expected = json.loads((HERE / "model" / family / "peft" / "expected.json").read_text())
    with torch.no_grad():
        for prompt, completion in zip(expected["prompts"], expected["completions"]):
            assert complete(model, prompt) == completion
        difference = log_probabilities(model, packed_batch()) - torch.tensor(expected["log_probabilities"])
    assert difference.abs().max() < 1e-5
    print(family, "is as it was")


parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--check", type=pathlib.Path, metavar="DIR")
arguments = parser.parse_args()
for name in ADAPTERS:
    if arguments.check:
        check(name, arguments.check / name)
    else:
        make(name)
