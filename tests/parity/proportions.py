"""Wilson's and Goodman's intervals by statsmodels, over counts from none to all."""

from pathlib import Path

import pandas as pd
from statsmodels.stats.proportion import multinomial_proportions_confint, proportion_confint

HERE = Path(__file__).parent
rows = []
for confidence in [0.80, 0.95, 0.99]:
    for n_of, n in [(0, 1), (1, 1), (0, 20), (3, 20), (20, 20), (83, 728), (233, 728), (1, 30000)]:
        low, high = proportion_confint(n_of, n, alpha=1 - confidence, method="wilson")
        rows.append(["wilson", n_of, n, 1, confidence, low, high])
    for counts in [[20, 30, 10], [1, 5, 94, 3], [12, 0, 7], [233, 179, 310, 6]]:
        for n_of, (low, high) in zip(counts, multinomial_proportions_confint(counts, alpha=1 - confidence, method="goodman")):
            rows.append(["goodman", n_of, sum(counts), len(counts), confidence, low, high])
columns = ["method", "n_of", "n", "n_cells", "confidence", "low", "high"]
pd.DataFrame(rows, columns=columns).to_csv(HERE / "expected" / "intervals.csv", index=False)
