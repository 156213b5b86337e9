#!/usr/bin/env python3
"""OpenAI's own client against `pbb serve`: what it reads must be what was sent.

Needs PyPI's `openai`, of this interpreter or of build/test-venv (scripts/setup.sh --test makes that). Without it the
test is skipped: exit code 77.

    python3 tests/server/openai_client.py build/release/pbb
"""

import math
import os
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
VENV = ROOT / "build" / "test-venv"

try:
    import openai
except ImportError:
    python = VENV / "bin" / "python"
    if python.exists() and Path(sys.prefix) != VENV:
        os.execv(python, [str(python), *sys.argv])
    print("skipped: PyPI's openai is not installed (scripts/setup.sh --test)")
    sys.exit(77)

sys.path.insert(0, str(ROOT / "tests" / "faults"))
import tiny_model  # noqa: E402
import tiny_server  # noqa: E402

QUESTION = [{"role": "user", "content": "Say something."}]


class OpenAiClient(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="pbb-openai-")
        folder = Path(cls.folder.name)
        tiny_model.write_model(folder / "tiny", context=1024, chats=True)
        keys = folder / "keys"
        keys.write_text("a-key-of-this-test tester\n")
        keys.chmod(0o600)
        cls.server = tiny_server.Server(PBB, folder / "tiny", "--api-key-file", str(keys))
        assert cls.server.started()
        cls.url = f"http://127.0.0.1:{cls.server.port}/v1"
        cls.client = openai.OpenAI(base_url=cls.url, api_key="a-key-of-this-test", max_retries=0)

    @classmethod
    def tearDownClass(cls):
        assert cls.server.stop() == 0
        cls.folder.cleanup()

    def chat(self, **more):
        return self.client.chat.completions.create(model="tiny", messages=QUESTION, **({"max_tokens": 40} | more))

    def completion(self, **more):
        return self.client.completions.create(model="tiny", prompt="Once", **({"max_tokens": 40} | more))

    def test_models(self):
        self.assertEqual([model.id for model in self.client.models.list()], ["tiny"])

    def test_a_chat_and_its_usage(self):
        answer = self.chat(temperature=0)
        self.assertEqual(answer.choices[0].message.role, "assistant")
        self.assertEqual(answer.choices[0].finish_reason, "length")
        self.assertIsNone(answer.choices[0].logprobs)
        self.assertEqual(answer.usage.completion_tokens, 40)
        self.assertEqual(answer.usage.total_tokens, answer.usage.prompt_tokens + 40)

    def test_a_stream_is_the_answer_in_parts_with_usage_in_a_last_chunk_of_its_own(self):
        whole = self.chat(temperature=0)
        chunks = list(self.chat(temperature=0, stream=True, stream_options={"include_usage": True}))
        self.assertEqual("".join(chunk.choices[0].delta.content or "" for chunk in chunks[:-1]),
                         whole.choices[0].message.content)  # fmt: skip
        self.assertEqual(chunks[0].choices[0].delta.role, "assistant")
        self.assertEqual([chunk.choices[0].finish_reason for chunk in chunks[-3:-1]], [None, "length"])
        self.assertEqual(chunks[-1].choices, [])
        self.assertEqual(chunks[-1].usage, whole.usage)
        self.assertTrue(all(chunk.usage is None for chunk in chunks[:-1]))
        text = "".join(chunk.choices[0].text for chunk in self.completion(temperature=0, stream=True))
        self.assertEqual(text, self.completion(temperature=0).choices[0].text)

    def test_a_seed_repeats(self):
        texts = [self.completion(temperature=1.5, seed=seed).choices[0].text for seed in (5, 5, 6)]
        self.assertEqual(texts[0], texts[1])
        self.assertNotEqual(texts[0], texts[2])

    def test_a_stop_ends_the_text_before_it(self):
        for seed in range(50):  # until one gives a character late that did not come before
            text = self.completion(seed=seed, max_tokens=200).choices[0].text
            places = [i for i in range(10, len(text)) if text[i].isascii() and text.index(text[i]) == i]
            if places:
                break
        place = places[0]
        stopped = self.completion(seed=seed, max_tokens=200, stop=[text[place], "never said"]).choices[0]
        self.assertEqual((stopped.text, stopped.finish_reason), (text[:place], "stop"))

    def test_log_probabilities_of_a_chat(self):
        whole = self.chat(temperature=0, logprobs=True, top_logprobs=3).choices[0].logprobs.content
        self.assertEqual(len(whole), 40)
        for token in whole:
            self.assertEqual(token.top_logprobs[0].logprob, token.logprob)
            self.assertEqual(token.top_logprobs[0].bytes, token.bytes)
            self.assertEqual(len(token.top_logprobs), 3)
            self.assertLess(sum(math.exp(other.logprob) for other in token.top_logprobs), 1.0001)
        chunks = self.chat(temperature=0, logprobs=True, top_logprobs=3, stream=True)
        parts = [chunk.choices[0].logprobs for chunk in chunks]
        self.assertEqual([token for part in parts if part for token in part.content], whole)

    def test_log_probabilities_of_a_completion(self):
        choice = self.completion(seed=3, logprobs=2).choices[0]
        told = choice.logprobs
        self.assertEqual([len(part) for part in (told.tokens, told.token_logprobs, told.top_logprobs,
                                                 told.text_offset)], [40] * 4)  # fmt: skip
        for token, value, top, place in zip(told.tokens, told.token_logprobs, told.top_logprobs, told.text_offset):
            self.assertEqual(top[token], value)
            if not token.startswith(("bytes:", "<|")):
                self.assertTrue(choice.text.startswith(token, place))

    def test_errors_are_those_of_the_client(self):
        with self.assertRaises(openai.AuthenticationError):
            openai.OpenAI(base_url=self.url, api_key="another", max_retries=0).models.list()
        with self.assertRaises(openai.NotFoundError) as missing:
            self.client.completions.create(model="gpt-4", prompt="x")
        self.assertEqual((missing.exception.code, missing.exception.param), ("model_not_found", "model"))
        with self.assertRaises(openai.BadRequestError) as long:
            self.client.completions.create(model="tiny", prompt="x" * 2000)
        self.assertEqual(long.exception.code, "context_length_exceeded")
        with self.assertRaises(openai.BadRequestError) as unsupported:
            self.chat(n=2)
        self.assertEqual(unsupported.exception.param, "n")


if __name__ == "__main__":
    PBB = os.path.abspath(sys.argv.pop(1))  # the program
    unittest.main()
