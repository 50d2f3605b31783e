# Trains a network with PyTorch for some seconds, and prints pictures a second. For train.js:
#
#   python3 train.py DATA "conv3:16 pool2 dense:10" plain|tuned SECONDS
#
# plain: as its documentation writes it. tuned: what makes it faster on processors, channels last and one call of the
# optimizer for all parameters.
import gzip
import os
import sys
import time

import torch
from torch import nn

BATCH = 128
data, text, how, seconds = sys.argv[1], sys.argv[2], sys.argv[3], float(sys.argv[4])


def read(name, head):
    path = os.path.join(data, name)
    file = gzip.open(path + '.gz') if os.path.exists(path + '.gz') else open(path, 'rb')
    with file:
        return torch.frombuffer(bytearray(file.read()[head:]), dtype=torch.uint8)


def build(text):
    layers, channels, side, flat = [], 1, 28, False
    words = text.split()
    for i, word in enumerate(words):
        kind, _, out = word.partition(':')
        if kind.startswith('conv'):
            size = int(kind[4:])
            layers.append(nn.Conv2d(channels, int(out), size, padding=size // 2))
            channels = int(out)
        elif kind.startswith('pool'):
            layers.append(nn.MaxPool2d(int(kind[4:])))
            side //= int(kind[4:])
            continue
        else:
            if not flat:
                layers.append(nn.Flatten())
            layers.append(nn.Linear(channels if flat else channels * side * side, int(out)))
            channels, flat = int(out), True
        if i + 1 < len(words):
            layers.append(nn.ReLU())
    return nn.Sequential(*layers)


torch.set_num_threads(len(os.sched_getaffinity(0)))
torch.manual_seed(1)
pictures = read('train-images-idx3-ubyte', 16).view(-1, 1, 28, 28).float() / 255
labels = read('train-labels-idx1-ubyte', 8).long()
count = len(labels) - len(labels) // 12
model = build(text)
if how == 'tuned':
    model = model.to(memory_format=torch.channels_last)
    pictures = pictures.contiguous(memory_format=torch.channels_last)
extra = {'foreach': True} if how == 'tuned' else {}
optimizer = torch.optim.AdamW(model.parameters(), lr=0.001, betas=(0.9, 0.999), weight_decay=0.05, **extra)


def step(order, at):
    which = order[at * BATCH:(at + 1) * BATCH]
    optimizer.zero_grad(set_to_none=True)
    nn.functional.cross_entropy(model(pictures[which]), labels[which]).backward()
    optimizer.step()


order = torch.randperm(count)
for at in range(5):
    step(order, at)
start, steps = time.perf_counter(), 0
while time.perf_counter() - start < seconds:
    step(order, steps % (count // BATCH))
    steps += 1
print(steps * BATCH / (time.perf_counter() - start))
