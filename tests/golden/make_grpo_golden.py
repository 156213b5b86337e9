"""Makes grpo.json: the loss of GRPO as TRL's GRPOTrainer defines it (loss types "dapo" and "dr_grpo"), and its slope by
each token's log-probability.   python3 -P make_grpo_golden.py > grpo.json"""

import json

import numpy as np

random = np.random.default_rng(1)
SAMPLES, MOST_TOKENS = 4, 6
OPTIONS = [
    {"normalisation": "token", "clip_low": 0.2, "clip_high": 0.28, "kl": 0.0},
    {"normalisation": "token", "clip_low": 0.1, "clip_high": 0.1, "kl": 0.3},
    {"normalisation": "dr", "clip_low": 0.2, "clip_high": 0.28, "kl": 0.0},
    {"normalisation": "dr", "clip_low": 0.2, "clip_high": 0.5, "kl": 0.05},
]


def advantages(rewards, normalisation):
    centred = rewards - rewards.mean()
    return centred / (rewards.std(ddof=1) + 1e-4) if normalisation == "token" else centred


def loss(groups, now, options):
    total, tokens = 0.0, 0
    for group, now_of_group in zip(groups, now):
        rewards = np.array(group["rewards"])
        if np.ptp(rewards) == 0:  # a dead group is left out, with its divergence and its tokens
            continue
        for advantage, answer, log_p in zip(advantages(rewards, options["normalisation"]), group["answers"], now_of_group):
            ratio = np.exp(log_p - np.array(answer["sampled"]))
            clipped = np.clip(ratio, 1 - options["clip_low"], 1 + options["clip_high"])
            difference = np.array(answer["reference"]) - log_p
            divergence = np.exp(difference) - difference - 1
            total += (-np.minimum(ratio * advantage, clipped * advantage) + options["kl"] * divergence).sum()
            tokens += len(log_p)
    return total / (tokens if options["normalisation"] == "token" else len(groups) * SAMPLES * MOST_TOKENS)


def slope(groups, now, options, at, step=1e-6):
    group, answer, token = at
    sides = []
    for sign in (1, -1):
        moved = [[np.array(one) for one in of_group] for of_group in now]
        moved[group][answer][token] += sign * step
        sides.append(loss(groups, moved, options))
    return (sides[0] - sides[1]) / (2 * step)


def make_group(rewards):
    answers = []
    for _ in rewards:
        now = -random.exponential(1, random.integers(1, MOST_TOKENS + 1))
        answers.append({
            "now": now.tolist(),
            "sampled": (now + random.normal(0, 0.3, len(now))).tolist(),
            "reference": (now + random.normal(0, 0.5, len(now))).tolist(),
        })
    return {"rewards": rewards, "answers": answers}


groups = [make_group(rewards) for rewards in ([1.0, 0.0, 0.0, 1.0], [0.0, 0.0, 0.0, 0.0], [1.25, 0.5, 0.0, 0.1])]
now = [[answer["now"] for answer in group["answers"]] for group in groups]
golden = {"samples": SAMPLES, "most_tokens": MOST_TOKENS, "groups": groups, "cases": []}
for options in OPTIONS:
    golden["cases"].append({
        **options,
        "advantages": [advantages(np.array(group["rewards"]), options["normalisation"]).tolist() for group in groups],
        "loss": loss(groups, now, options),
        "slopes": [[[slope(groups, now, options, (g, a, t)) for t in range(len(answer))]
                    for a, answer in enumerate(of_group)] for g, of_group in enumerate(now)],
    })
print(json.dumps(golden))
