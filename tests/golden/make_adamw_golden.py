"""Makes adamw.json: ten steps of torch.optim.AdamW on a few weights.   python3 -P make_adamw_golden.py > adamw.json"""

import json

import torch

torch.manual_seed(1)
options = {"learning_rate": 0.01, "beta1": 0.9, "beta2": 0.95, "epsilon": 1e-8, "weight_decay": 0.1}
weights = torch.nn.Parameter(torch.randn(21))
golden = {**options, "start": weights.tolist(), "steps": []}
optimizer = torch.optim.AdamW(
    [weights],
    lr=options["learning_rate"],
    betas=(options["beta1"], options["beta2"]),
    eps=options["epsilon"],
    weight_decay=options["weight_decay"],
)
for step in range(10):
    weights.grad = torch.randn(21) * 10.0 ** (step % 4 - 2)
    optimizer.step()
    golden["steps"].append({"gradients": weights.grad.tolist(), "weights": weights.tolist()})
print(json.dumps(golden))
