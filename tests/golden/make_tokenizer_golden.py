"""Makes tokenizer_*.json and smollm2_tokenizer.json.gz: what Hugging Face's tokenizers and transformers say.

    python make_tokenizer_golden.py SmolLM2-135M-Instruct.Q4_1.gguf

needs gguf, tokenizers and transformers from PyPI. The vocabulary is read from the GGUF file; the pre-tokenisers are
those of the models' own tokenizer.json files.
"""

import gzip
import json
import pathlib
import sys

import gguf
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

from adversarial_strings import SNIPPETS, adversarial_strings

HERE = pathlib.Path(__file__).parent
CONTRACTIONS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
LLAMA3 = CONTRACTIONS + r"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
QWEN2 = CONTRACTIONS + r"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
QWEN2_CHAT = (  # also SmolLM2's, with another system message
    "{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}{{ '<|im_start|>system\\n"
    "You are a helpful assistant.<|im_end|>\\n' }}{% endif %}{{'<|im_start|>' + message['role'] + '\\n' + "
    "message['content'] + '<|im_end|>' + '\\n'}}{% endfor %}{% if add_generation_prompt %}"
    "{{ '<|im_start|>assistant\\n' }}{% endif %}"
)
CONVERSATIONS = [
    [("user", "Hi")],
    [("user", "What is Blorp(5)?\n\nAnswer with the value.")],
    [("system", "You run programs."), ("user", " 12 + 30 = ")],
    [("user", "a\tb"), ("assistant", "  indented\n"), ("user", "日本語 👩🏽‍💻")],
    [("system", ""), ("user", ""), ("assistant", ""), ("user", "\n")],
    [("user", "one"), ("assistant", "two"), ("system", "be brief"), ("user", "three")],
]


def write(name, value):
    (HERE / name).write_text(json.dumps(value, ensure_ascii=True, separators=(",", ":")) + "\n")


def byte_level(use_regex):
    return pre_tokenizers.ByteLevel(add_prefix_space=False, trim_offsets=True, use_regex=use_regex)


def smollm2(reader):
    fields = {k: f.contents() for k, f in reader.fields.items() if k.startswith("tokenizer.")}
    tokens = fields["tokenizer.ggml.tokens"]
    merges = [tuple(m.split(" ")) for m in fields["tokenizer.ggml.merges"]]
    tokenizer = Tokenizer(models.BPE(vocab={t: i for i, t in enumerate(tokens)}, merges=merges))
    digits = pre_tokenizers.Digits(individual_digits=True)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([digits, byte_level(True)])
    tokenizer.decoder = decoders.ByteLevel()
    without_special = Tokenizer.from_str(tokenizer.to_str())
    control = [t for t, kind in zip(tokens, fields["tokenizer.ggml.token_type"]) if kind == gguf.TokenType.CONTROL]
    tokenizer.add_special_tokens(control)
    return tokenizer, without_special, fields["tokenizer.chat_template"]


def tiny(normalizer, pre_tokenizer, ignore_merges):
    """A few hundred merges learnt from the snippets: enough to tell one split from another."""
    tokenizer = Tokenizer(models.BPE(ignore_merges=ignore_merges))
    tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre_tokenizer
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=700,
        show_progress=False,
        special_tokens=["<|endoftext|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    )
    tokenizer.train_from_iterator(SNIPPETS * 2, trainer)
    return tokenizer


def main(gguf_file):
    strings = adversarial_strings()
    assert len(strings) >= 2000
    tokenizer, without_special, chat_template = smollm2(gguf.GGUFReader(gguf_file))
    with open(HERE / "smollm2_tokenizer.json.gz", "wb") as file:
        file.write(gzip.compress(json.dumps(json.loads(tokenizer.to_str()), separators=(",", ":")).encode(), 9, mtime=0))

    tokenizer.encode_special_tokens = True  # control tokens within text are text
    ids = [tokenizer.encode(s, add_special_tokens=False).ids for s in strings]
    assert ids == [without_special.encode(s).ids for s in strings]
    # Differences between neighbours' ids would be no smaller; one string of numbers a text compresses best in git.
    write("tokenizer_smollm2.json", [[s, " ".join(map(str, i))] for s, i in zip(strings, ids)])
    tokenizer.encode_special_tokens = False

    patterns = {
        "gpt-2": (None, byte_level(True), False),
        "smollm": (None, tokenizer.pre_tokenizer, False),
        "llama-bpe": (None, pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(LLAMA3), "isolated"), byte_level(False)]), True),
        "qwen2": (normalizers.NFC(), pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(QWEN2), "isolated"), byte_level(False)]), False),
    }  # fmt: skip
    some = [s for s in strings if len(s) < 60][::2]
    cases = []
    for name, parts in patterns.items():
        trained = tiny(*parts)
        trained.encode_special_tokens = True
        cases.append({"pre": name, "tokenizer": json.loads(trained.to_str()),
                      "ids": [" ".join(map(str, trained.encode(s, add_special_tokens=False).ids)) for s in some]})  # fmt: skip
    write("tokenizer_patterns.json", {"strings": some, "cases": cases})

    chats = []
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer)
    for template in (chat_template, QWEN2_CHAT):
        for conversation in CONVERSATIONS:
            messages = [{"role": role, "content": content} for role, content in conversation]
            ids = fast.apply_chat_template(messages, chat_template=template, add_generation_prompt=True, return_dict=False)
            chats.append({"template": template, "messages": messages, "ids": ids})
    write("tokenizer_chat.json", chats)


if __name__ == "__main__":
    main(sys.argv[1])
