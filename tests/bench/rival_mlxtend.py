"""mlxtend's part of the bench of product pairs, run in an environment of its own: ``python rival_mlxtend.py FILE``.

Prints the CPU seconds of the faster of its two miners, from the baskets on, and the pairs that it found.
"""

import sys
import time

import numpy as np
import pandas as pd
from mlxtend.frequent_patterns import association_rules, fpgrowth
from mlxtend.preprocessing import TransactionEncoder

held = np.load(sys.argv[1])
baskets = [part.tolist() for part in np.split(held["item"], np.flatnonzero(np.diff(held["basket"])) + 1)]

began = time.process_time()
encoder = TransactionEncoder()
table = pd.DataFrame.sparse.from_spmatrix(
    encoder.fit(baskets).transform(baskets, sparse=True), columns=encoder.columns_
)
table.columns = [str(name) for name in table.columns]
sparse_made = time.process_time() - began

began = time.process_time()
dense = pd.DataFrame(encoder.transform(baskets), columns=encoder.columns_)
dense_made = time.process_time() - began

best = None
for frame, made in ((dense, dense_made), (table, sparse_made)):
    began = time.process_time()
    found = fpgrowth(frame, min_support=float(sys.argv[2]), use_colnames=True, max_len=2)
    rules = association_rules(found, metric="lift", min_threshold=0.0) if len(found) else found
    spent = made + time.process_time() - began
    best = spent if best is None else min(best, spent)
    if best > 60:
        break
print(best, len(rules) // 2)
