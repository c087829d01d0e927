#!/usr/bin/env python3
"""Runs what a page shows in Python: examples.py HOST PORT FOLDER PROTO PAGE POOLS

FOLDER is that of `alice`, who the page says calls. Address, pools and image of the page become those of here.
"""
import hashlib
import os
import re
import subprocess
import sys

import contract

PAGE, POOLS = sys.argv[5:7]

with open(PAGE) as file:
    blocks = re.findall(r"^```python\n(.*?)^```", file.read(), re.M | re.S)
os.chdir(os.path.dirname(contract.FOLDER))
names = {}
image = POOLS + "/fast/noble.qcow2"
here = {"10.0.0.5:9090": contract.HOST + ":" + contract.PORT, "/srv/pools": POOLS, "https://images.example/noble.qcow2": image}
for number, block in enumerate(blocks, 1):
    text = block
    for shown, real in here.items():
        text = text.replace(shown, real)
    if image in text:
        subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", image, "64M"], check=True)
        with open(image, "rb") as file:
            names["SHA256"] = hashlib.sha256(file.read()).hexdigest()
    exec(compile(text, "example %d of %s" % (number, os.path.basename(PAGE)), "exec"), names)
names["node"].ListVMs(names["Empty"](), timeout=10)
events = names["follow"]("0", lambda: None)
print("first event:", next(events).message)
print(len(blocks), "examples")
