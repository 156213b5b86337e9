#!/usr/bin/env python3
"""Does transformers load a model folder that pbb saved, and to the same model?

    python check_saved_model.py FOLDER --gguf SmolLM2-135M-Instruct.Q4_1.gguf

FOLDER is that GGUF file, saved by pbb in f32. Compares every weight with the file as transformers reads it, token ids
with a tokeniser built from the file's own lists, and the chat template. Not part of `make test`: needs torch,
transformers, tokenizers, gguf.
"""

import argparse
import pathlib

import torch
import transformers

from make_model_golden import PROMPTS, TEXTS, gguf_tokenizer

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("folder")
parser.add_argument("--gguf", type=pathlib.Path, required=True)
arguments = parser.parse_args()

saved, report = transformers.AutoModelForCausalLM.from_pretrained(arguments.folder, output_loading_info=True)
assert not any(report.values()), report
assert saved.dtype == torch.float32, saved.dtype
wanted = transformers.AutoModelForCausalLM.from_pretrained(
    arguments.gguf.parent, gguf_file=arguments.gguf.name, dtype=torch.float32)
weights, wanted_weights = saved.state_dict(), wanted.state_dict()
assert weights.keys() == wanted_weights.keys()
for name, weight in weights.items():
    assert torch.equal(weight, wanted_weights[name]), name
for field in ("rope_parameters", "rms_norm_eps", "max_position_embeddings", "tie_word_embeddings", "head_dim"):
    assert getattr(saved.config, field) == getattr(wanted.config, field), field
print(len(weights), "weights equal")

tokenizer = transformers.AutoTokenizer.from_pretrained(arguments.folder)
reference = gguf_tokenizer(arguments.gguf)
for text in TEXTS + PROMPTS:
    assert tokenizer(text)["input_ids"] == reference.encode(text).ids, text
    assert tokenizer.decode(tokenizer(text)["input_ids"]) == text
assert tokenizer.convert_tokens_to_ids("<|im_end|>") == 2 and tokenizer.eos_token == "<|im_end|>"
print(len(TEXTS + PROMPTS), "texts tokenised alike")
chat = tokenizer.apply_chat_template([{"role": "user", "content": "Hi"}], tokenize=False, add_generation_prompt=True)
assert chat.endswith("<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n"), chat
print("chat template applies")
