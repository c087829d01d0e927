#!/usr/bin/env python3
"""Runs what a page shows in Python: examples.py HOST PORT FOLDER PROTO PAGE POOLS

FOLDER is that of `alice`, who the page says calls. Address and pools of the page become those of here.
"""
import os
import re
import sys

import contract

PAGE, POOLS = sys.argv[5:7]

with open(PAGE) as file:
    blocks = re.findall(r"^```python\n(.*?)^```", file.read(), re.M | re.S)
os.chdir(os.path.dirname(contract.FOLDER))
names = {}
for number, block in enumerate(blocks, 1):
    text = block.replace("10.0.0.5:9090", contract.HOST + ":" + contract.PORT).replace("/srv/pools", POOLS)
    exec(compile(text, "example %d of %s" % (number, os.path.basename(PAGE)), "exec"), names)
names["node"].ListVMs(names["Empty"](), timeout=10)
events = names["follow"]("0", lambda: None)
print("first event:", next(events).message)
print(len(blocks), "examples")
